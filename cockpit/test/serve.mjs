// What serves the page to a real browser, and nothing else of this machine: a cockpit-ws of our own, whose bridge finds PAGE and a stand-in
// for postkeeper in a home of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** How long cockpit-ws may take to answer, in milliseconds. */
const LIMIT = 60_000;

/** A home for the page of that directory. */
export function makeHome(page) {
    const home = mkdtempSync(join(tmpdir(), "page-"));
    mkdirSync(join(home, "cockpit"));
    symlinkSync(resolve(page), join(home, "cockpit/postkeeper"));
    return home;
}

/** Serves the page; `postkeeper` is the text of the stand-in. The page's address, and what ends it all and removes the home. */
export async function serve(home, postkeeper) {
    writeFileSync(join(home, "postkeeper"), postkeeper, { mode: 0o755 });
    const port = await new Promise(given => {
        const server = createServer().listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => given(port));
        });
    });
    const environment = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_RUNTIME_DIR: home, PATH: `${home}:${process.env.PATH}` };
    const words = ["--no-tls", "--address", "127.0.0.1", "--port", String(port), "--local-session", "cockpit-bridge"];
    const server = spawn("/usr/lib/cockpit/cockpit-ws", words, { stdio: "ignore", env: environment });
    const end = async () => {
        server.kill();
        if (server.exitCode === null && server.signalCode === null) {
            await once(server, "exit");
        }
        // What the session has started ends a moment later.
        await rm(home, { recursive: true, maxRetries: 20 });
    };
    const deadline = Date.now() + LIMIT;
    while (!(await fetch(`http://127.0.0.1:${port}/ping`).then(pong => pong.ok, () => false))) {
        if (server.exitCode !== null || Date.now() > deadline) {
            await end();
            throw new Error(`cockpit-ws has ended, or does not answer on port ${port}`);
        }
        await new Promise(again => setTimeout(again, 50));
    }
    return { address: `http://127.0.0.1:${port}/cockpit/@localhost/postkeeper/index.html`, end };
}
