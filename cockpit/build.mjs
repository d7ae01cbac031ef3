// Builds the page into the directory named on the command line: `node build.mjs OUT`.
//
// What goes in is in package-lock.json; the same input gives the same output.

import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { po } from "gettext-parser";

const source = fileURLToPath(new URL(".", import.meta.url));
const out = process.argv[2];
if (!out) {
    console.error("usage: node build.mjs OUT");
    process.exit(2);
}

// Cockpit serves the fonts; what PatternFly brings along would only be larger.
const fonts = {
    name: "fonts",
    setup(build) {
        build.onResolve({ filter: /\.(woff2?|ttf|eot|svg|png|jpg)$/ }, args => ({ path: args.path, external: true }));
        build.onLoad({ filter: /\.css$/ }, args => ({
            contents: args.path.includes("node_modules") ? withoutFonts(readFileSync(args.path, "utf8")) : readFileSync(args.path, "utf8"),
            loader: "css",
        }));
    },
};

function withoutFonts(css) {
    return css.replace(/@font-face\s*\{[^}]*\}/g, "");
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await esbuild.build({
    entryPoints: [join(source, "src/index.tsx")],
    outdir: out,
    bundle: true,
    minify: true,
    legalComments: "external",
    target: ["es2022"],
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [fonts],
    logLevel: "warning",
});
for (const name of ["index.html", "manifest.json"]) {
    copyFileSync(join(source, "src", name), join(out, name));
}
for (const name of readdirSync(join(source, "po")).filter(name => name.endsWith(".po"))) {
    const language = name.slice(0, -3);
    writeFileSync(join(out, `po.${language}.js`), catalogue(language, readFileSync(join(source, "po", name))));
}

/** A catalogue in the form that cockpit.locale() takes. */
function catalogue(language, text) {
    const parsed = po.parse(text);
    const entries = { "": { "plural-forms": "PLURAL", language, "language-direction": "ltr" } };
    for (const [id, entry] of Object.entries(parsed.translations[""])) {
        if (id !== "" && entry.msgstr.every(s => s !== "")) {
            entries[id] = [entry.msgid_plural ?? null, ...entry.msgstr];
        }
    }
    return `cockpit.locale(${JSON.stringify(entries, null, 1).replace('"PLURAL"', "n => 0")});\n`;
}
