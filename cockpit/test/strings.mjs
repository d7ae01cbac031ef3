// Compares the strings of the page with each catalogue in po/: `node test/strings.mjs` fails on one that is missing, empty,
// superfluous, or has other places for values ($0, $1). `--list` prints the strings.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { po } from "gettext-parser";
import ts from "typescript";

const top = fileURLToPath(new URL("..", import.meta.url));
const found = new Set();

for (const name of readdirSync(join(top, "src")).filter(name => /\.tsx?$/.test(name))) {
    const file = ts.createSourceFile(name, readFileSync(join(top, "src", name), "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
    const visit = node => {
        if (ts.isCallExpression(node) && ["_", "cockpit.gettext"].includes(node.expression.getText())) {
            const [text] = node.arguments;
            if (!text || !ts.isStringLiteral(text)) {
                throw new Error(`${name}: ${node.getText()}: only a literal can be translated`);
            }
            found.add(text.text);
        }
        ts.forEachChild(node, visit);
    };
    visit(file);
}
found.add(JSON.parse(readFileSync(join(top, "src/manifest.json"), "utf8")).tools.index.label);

if (process.argv.includes("--list")) {
    for (const text of found) {
        console.log(JSON.stringify(text));
    }
    process.exit(0);
}

const places = text => (text.match(/\$\d/g) ?? []).sort().join(" ");
let wrong = 0;
const complain = text => {
    console.error(text);
    wrong += 1;
};
for (const name of readdirSync(join(top, "po")).filter(name => name.endsWith(".po"))) {
    const known = po.parse(readFileSync(join(top, "po", name))).translations[""];
    for (const text of found) {
        const translated = known[text]?.msgstr[0];
        if (!translated) {
            complain(`${name}: no translation of ${JSON.stringify(text)}`);
        } else if (places(text) !== places(translated)) {
            complain(`${name}: other values in the translation of ${JSON.stringify(text)}: ${JSON.stringify(translated)}`);
        }
    }
    for (const text of Object.keys(known).filter(text => text !== "" && !found.has(text))) {
        complain(`${name}: nothing says ${JSON.stringify(text)}`);
    }
}
process.exit(wrong === 0 ? 0 : 1);
