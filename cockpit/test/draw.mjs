// How long the page takes to draw: `node test/draw.mjs PAGE`, PAGE being what build.mjs has made (make bench-page).
//
// A real browser and a real cockpit-ws; a stand-in for postkeeper gives the answer, so no cluster is needed. A tree without hierarchies
// is drawn beside the large one, since what the machine is busy with otherwise delays both.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { chromium } from "playwright-core";
import { makeHome, serve } from "./serve.mjs";

const HIERARCHIES = 30;
const ROUNDS = 9;
const NODES = ["n1", "n2", "n3"];

/** A hierarchy as `postkeeper status --json` has it; one in ten has failed lately. */
function hierarchy(_none, at) {
    const home = NODES[at % NODES.length];
    const failure = {
        resource: `mx${at}`,
        server: home,
        action: "monitor",
        when: "2026-11-26 09:00:00Z",
        reason: "Master process of postfix is not running: pid 4711 of /srv/mail/queue/pid/master.pid",
        degraded: false,
        advice: "Look at the mail log of that server.",
    };
    return {
        tag: `mx${at}`,
        resource: `mx${at}`,
        group: `mail${at}`,
        state: "in service",
        server: home,
        wanted: true,
        managed: true,
        switchback: "intelligent",
        servers: NODES.map((name, place) => ({ name, state: "online", priority: 10 * place + 1, in_service: name === home, kept_away: [], failures: null })),
        dependencies: [
            { resource: `ip${at}`, agent: "ocf:heartbeat:IPaddr2", subject: `10.77.1.${at}`, state: "started", servers: [home] },
            { resource: `fs${at}`, agent: "ocf:heartbeat:Filesystem", subject: `/srv/mail${at}`, state: "started", servers: [home] },
        ],
        endpoints: ["smtp", "submission"].map((service, place) => ({ service, address: `10.77.1.${at}:${place ? 587 : 25}`, answers: true, problem: null })),
        failures: at % 10 === 9 ? [failure] : [],
        remarks: [],
        needs_repair: false,
        interrupted: false,
    };
}

const status = count => ({
    version: 1,
    here: "n1",
    cluster: { quorum: true, maintenance: false, fencing: true },
    nodes: NODES.map(name => ({ name, state: "online" })),
    postfix: true,
    resources: [],
    hierarchies: Array.from({ length: count }, hierarchy),
});

const schema = JSON.parse(readFileSync(fileURLToPath(new URL("../../docs/interface.schema.json", import.meta.url)), "utf8"));
const ajv = new Ajv2020({ allowUnionTypes: true });
ajv.addSchema(schema, "interface");
const holds = ajv.getSchema("interface#/$defs/status");
if (!holds(status(HIERARCHIES))) {
    throw new Error(`the stand-in does not speak as postkeeper does: ${ajv.errorsText(holds.errors)}`);
}

// ---- What serves the page, and nothing else of this machine.

const home = makeHome(process.argv[2]);
const answer = join(home, "answer");
const { address, end } = await serve(home, `#!/bin/sh\nuntil [ -e ${answer} ]; do sleep 0.05; done\ncat ${answer}\nexec sleep 600\n`);

// ---- The browser.

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

/** From the message with the answer to the first frame that shows it all: by the clock, and what the browser computed for it. */
async function draw(count) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.addInitScript(count => {
        const Socket = globalThis.WebSocket;
        globalThis.WebSocket = class extends Socket {
            constructor(...words) {
                super(...words);
                super.addEventListener("message", ({ data }) => {
                    if (String(data).includes('"hierarchies"')) {
                        globalThis.arrived = performance.now();
                    }
                });
            }
        };
        globalThis.drawn = new Promise(end => {
            new MutationObserver(() => {
                const is_there = document.querySelectorAll("article").length === count && !document.querySelector("main [role=progressbar]");
                if (is_there && globalThis.arrived) {
                    requestAnimationFrame(() => setTimeout(() => end(performance.now() - globalThis.arrived)));
                }
            }).observe(document, { childList: true, subtree: true });
        });
    }, count);
    await page.goto(address);
    await page.getByRole("heading", { name: "Asking the cluster" }).waitFor();
    const tools = await context.newCDPSession(page);
    await tools.send("Performance.enable", { timeDomain: "threadTicks" });
    const metrics = async () => Object.fromEntries((await tools.send("Performance.getMetrics")).metrics.map(m => [m.name, m.value]));
    const before = await metrics();
    writeFileSync(`${answer}.new`, `${JSON.stringify(status(count))}\n`);
    renameSync(`${answer}.new`, answer);
    const wall = await page.evaluate(() => globalThis.drawn);
    const after = await metrics();
    const computing = 1000 * (after.TaskDuration - before.TaskDuration);
    const parts = ["ScriptDuration", "RecalcStyleDuration", "LayoutDuration"].map(name => 1000 * (after[name] - before[name]));
    await context.close();
    rmSync(answer);
    return { wall, computing, parts, nodes: after.Nodes - before.Nodes };
}

for (const count of [0, HIERARCHIES]) {
    await draw(count);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
        rounds.push(await draw(count));
    }
    const told = of => {
        const sorted = rounds.map(of).sort((a, b) => a - b);
        return `${sorted[Math.floor(ROUNDS / 2)].toFixed(0)} ms (${sorted[0].toFixed(0)} to ${sorted[ROUNDS - 1].toFixed(0)})`;
    };
    const [script, style, layout] = [0, 1, 2].map(part => told(round => round.parts[part]));
    console.log(`${count} hierarchies on ${NODES.length} nodes, ${rounds[0].nodes} nodes of the document`);
    console.log(`  from the answer to the picture ${told(round => round.wall)}, in which the browser computes for ${told(round => round.computing)}`);
    console.log(`  script ${script}; style ${style}; layout ${layout}`);
}
await browser.close();
await end();
