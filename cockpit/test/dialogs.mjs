// What the dialogs of the page ask postkeeper, and what they make of its answers: `node test/dialogs.mjs PAGE`, PAGE being what
// build.mjs has made.
//
// A real browser and a real cockpit-ws; a stand-in for postkeeper notes what it is asked and answers from files, so no cluster is needed.

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { makeHome, serve } from "./serve.mjs";

const NODES = ["n1", "n2", "n3"];
const LIMIT = 60_000;

const hierarchy = (tag, servers) => ({
    tag,
    resource: tag,
    group: null,
    state: "in service",
    server: "n1",
    wanted: true,
    managed: true,
    switchback: "intelligent",
    servers: servers.map((name, at) => ({ name, state: "online", priority: at + 1, in_service: at === 0, kept_away: [], failures: null })),
    dependencies: [],
    endpoints: [],
    failures: [],
    remarks: [],
    needs_repair: false,
    interrupted: false,
});

/** A line of status, where `young` has these servers. */
const status = (...young) => ({
    version: 1,
    here: "n1",
    cluster: { quorum: true, maintenance: false, fencing: true },
    nodes: NODES.map(name => ({ name, state: "online" })),
    postfix: true,
    resources: [],
    hierarchies: [hierarchy("old", NODES), hierarchy("young", young)],
});

const event = (kind, more) => ({ version: 1, event: kind, ...more });
const plan = more => event("plan", { title: "", phases: [["something"]], actions: [], disturbs: [], notes: [], empty: false, subject: {}, ...more });
const created = (config, queue) => plan({ subject: { config_dir: config, queue_dir: queue, queue, tag: `postfix-on-${queue}` } });
const DISTURBED = "move web from n1 to n2";

const home = makeHome(process.argv[2]);
const lay = (name, ...values) => writeFileSync(join(home, name), values.map(value => `${JSON.stringify(value)}\n`).join(""));
lay("asked");
lay("status", status("n1"));
lay("show", {
    ...{ version: 1, tag: "old", resource: "old", group: null, switchback: "intelligent", wanted: true, managed: true },
    ...{ servers: NODES.map((name, at) => ({ name, priority: at + 1, kept_away: [] })), dependencies: [], parameters: [] },
});
lay("verify", [{ about: "n1", items: [], facts: {} }]);
lay("plan", plan());
lay("create", created("/etc/postfix", "/srv/one"));
lay("create2", created("/etc/postfix2", "/srv/two"));
lay("set", plan({ disturbs: [DISTURBED] }));
lay("failed", plan(), event("progress", { text: "old: starting" }), event("end", { exit: 1, text: "old is not in service\n  start of old failed" }));
lay("done", plan(), event("progress", { text: "young: starting" }), event("end", { exit: 0, text: "young is extended" }));
const { address, end } = await serve(
    home,
    `#!/bin/sh
cd ${home}
echo "$*" >>asked
case "$*" in
status*) exec tail -n +1 -f status ;;
show* | verify*) exec cat $1 ;;
create*--config-dir\\ /etc/postfix2*) exec cat create2 ;;
create* | set*--dry-run*) exec cat $1 ;;
set*) cat failed; exit 1 ;;
*--dry-run*) exec cat plan ;;
*) exec cat done ;;
esac
`,
);

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await (await browser.newContext({ viewport: { width: 1000, height: 800 } })).newPage();
page.setDefaultTimeout(LIMIT);
const errors = [];
page.on("pageerror", error => errors.push(error.message));
await page.goto(address);
const dialog = page.getByRole("dialog");
const button = name => dialog.getByRole("button", { name, exact: true });
const field = name => dialog.getByLabel(name, { exact: true });
const choose = async (tag, item) => {
    await page.getByRole("button", { name: `Actions for ${tag}`, exact: true }).click();
    await page.getByRole("menuitem", { name: item, exact: true }).click();
};
const close = async () => {
    await button("Close").last().click();
    await dialog.waitFor({ state: "detached" });
};
const complaints = [];
const check = (holds, what) => holds || complaints.push(what);
const asked = line => readFileSync(join(home, "asked"), "utf8").split("\n").includes(line);

/** Steps of a dialog; one that does not come to its end says what was to be seen. */
async function step(text, steps) {
    const before = complaints.length;
    await steps().catch(async error => {
        complaints.push(`${error.message}\n${await page.locator("body").innerText()}`);
    });
    console.log(`${complaints.length === before ? "ok" : "FAILED"}  ${text}`);
    await page.reload();
    await page.getByRole("article").first().waitFor();
}

await step("verify asks which of several hierarchies", async () => {
    await page.getByRole("article").first().waitFor();
    await page.getByRole("button", { name: "Verify", exact: true }).click();
    await field("Hierarchy").selectOption("young");
    await button("Check").click();
    await dialog.getByRole("region").first().waitFor();
    check(asked("verify young --json"), "verify is not asked about the hierarchy that was chosen");
});

await step("two priorities are swapped, two equal ones are noticed", async () => {
    await choose("old", "Properties …");
    await field("Priority of n1").fill("2");
    await dialog.getByText("Another server has this priority").first().waitFor();
    check(await button("Change priorities …").isDisabled(), "n1 has the priority of n2");
    await field("Priority of n2").fill("1");
    check(await button("Change priorities …").isEnabled(), "n1 and n2 cannot be swapped");
    await field("Priority of n1").fill("9");
    await field("Priority of n2").fill("9");
    check(await button("Change priorities …").isDisabled(), "n1 and n2 get the same priority");
    await field("Priority of n1").fill("2");
    await field("Priority of n2").fill("1");
    await button("Change priorities …").click();
    await button("Do it").waitFor();
    check(asked("set old priority n1=2 n2=1 --dry-run --format json"), "set is not asked to swap");
});

await step("a change that ends badly shows why, and what happened on the way; only what was agreed to is allowed", async () => {
    await choose("old", "Properties …");
    await field("Priority of n1").fill("9");
    await button("Change priorities …").click();
    await dialog.getByLabel("Do it all the same").check();
    await button("Do it").click();
    await dialog.getByText("old is not in service").first().waitFor();
    await dialog.getByText("start of old failed").waitFor();
    check((await dialog.getByText("old: starting").count()) === 1, "what happened on the way is no longer shown");
    check(asked(`set old priority n1=9 --allow=${DISTURBED} --yes --format json`), "something else is allowed than what was agreed to");
    await close();
});

await step("what was not typed follows the answers before it", async () => {
    await page.getByRole("button", { name: "Create hierarchy" }).click();
    for (const label of ["Switchback type", "Server", "Directory of the Postfix commands", "Configuration directory"]) {
        await field(label).waitFor();
        await button("Next").click();
    }
    await field("Queue directory").waitFor();
    const first = await field("Queue directory").inputValue();
    check(first === "/srv/one", `the queue of the first configuration directory: ${first}`);
    await button("Next").click();
    await field("Root tag").waitFor();
    await button("Back").click();
    await button("Back").click();
    await field("Configuration directory").fill("/etc/postfix2");
    await button("Next").click();
    await field("Queue directory").waitFor();
    const queue = await field("Queue directory").inputValue();
    check(queue === "/srv/two", `the queue of the other configuration directory: ${queue}`);
    await button("Next").click();
    await field("Root tag").waitFor();
    const tag = await field("Root tag").inputValue();
    check(tag === "postfix-on-/srv/two", `the tag of the other queue directory: ${tag}`);
    await field("Root tag").fill("mine");
    await button("Back").click();
    await button("Next").click();
    await field("Root tag").waitFor();
    check((await field("Root tag").inputValue()) === "mine", "what was typed stays");
});

await step("after an extension the next server is offered, as long as there is one", async () => {
    await choose("young", "Extend …");
    const extend = async (...servers) => {
        await button("Show what will be done").click();
        await button("Do it").click();
        await dialog.getByText("young is extended").first().waitFor();
        appendFileSync(join(home, "status"), `${JSON.stringify(status(...servers))}\n`);
        await page.locator("article", { hasText: "young" }).getByText(servers.at(-1), { exact: true }).first().waitFor({ state: "attached" });
    };
    await extend("n1", "n2");
    await button("Next server").click();
    check((await field("Target server").inputValue()) === "n3", "the server that is left is proposed");
    await extend("n1", "n2", "n3");
    check((await button("Next server").count()) === 0, "no server is left, and the next is offered");
});

await browser.close();
await end();
console.log([...complaints, ...errors].join("\n"));
process.exit(complaints.length + errors.length);
