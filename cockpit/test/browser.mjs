// Drives the page in a real browser, on the node that serves it: `node test/browser.mjs PORT PICTURES`.
//
// tests/cockpit.rs makes the cluster (n1 and n2, resources for Postfix, nothing of ours yet), serves the page, and runs this.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [port, pictures] = process.argv.slice(2);
const address = `http://127.0.0.1:${port}/cockpit/@localhost/postkeeper/index.html`;
const axe = readFileSync(join(import.meta.dirname, "../node_modules/axe-core/axe.min.js"), "utf8");
// What a step of the cluster may take on a busy machine.
const LIMIT = 60_000;

const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
mkdirSync(pictures, { recursive: true });

const run = (...words) => execFileSync(words[0], words.slice(1), { encoding: "utf8" });
function check(holds, what) {
    if (!holds) {
        throw new Error(what);
    }
}

async function open(options = {}) {
    const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT);
    const errors = [];
    page.on("pageerror", error => errors.push(error.message));
    page.on("console", message => message.type() === "error" && errors.push(message.text()));
    page.on("dialog", dialog => errors.push(`a dialog of the browser: ${dialog.message()}`));
    await page.goto(address);
    return { page, errors };
}

const { page, errors } = await open();
const dialog = () => page.getByRole("dialog");
const card = tag => page.getByRole("article", { name: tag });
const shows = (tag, words) => card(tag).getByText(words, { exact: true }).first().waitFor();

async function choose(tag, item) {
    await page.getByRole("button", { name: `Actions for ${tag}`, exact: true }).click();
    await page.getByRole("menuitem", { name: item }).click();
}

/** The plan, then the button, then how it ended. */
async function doIt(ends) {
    await dialog().getByRole("button", { name: "Do it", exact: true }).click();
    await dialog().getByText(ends).first().waitFor();
}

async function close() {
    await dialog().getByRole("button", { name: "Close", exact: true }).last().click();
    await dialog().waitFor({ state: "detached" });
}

// What was to be seen when a step does not come to its end.
process.on("uncaughtException", async error => {
    console.error(error.message);
    console.error(`The page: ${await page.evaluate(() => document.body.innerText).catch(String)}`);
    console.error(`Errors: ${errors.join("\n")}`);
    await page.screenshot({ path: join(pictures, "failure.png") }).catch(String);
    await browser.close();
    process.exit(1);
});

async function accessible(what) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run());
    const serious = found.violations.filter(v => ["serious", "critical"].includes(v.impact));
    check(serious.length === 0, `${what}: ${JSON.stringify(serious.map(v => [v.id, v.nodes.map(n => n.html)]), null, 1)}`);
}

console.log("an empty page says what to do, and the wizard goes through the questions of the kit");
await page.getByRole("heading", { name: "There is no hierarchy yet" }).waitFor();
await accessible("the empty page");
await page.getByRole("button", { name: "Create hierarchy" }).click();
for (const question of ["Switchback type", "Server", "Directory of the Postfix commands", "Configuration directory", "Queue directory", "Root tag"]) {
    const field = dialog().getByLabel(question);
    await field.waitFor();
    if (question === "Configuration directory") {
        await accessible("the wizard");
        await field.fill("/nowhere");
        await dialog().getByRole("button", { name: "Next" }).click();
        await dialog().getByText("Message 2: main.cf not found in the configuration path").waitFor();
        await field.fill("/etc/postfix");
    }
    if (question === "Queue directory") {
        check((await field.inputValue()) === "/srv/mail/queue", `the queue of main.cf, not ${await field.inputValue()}`);
        await dialog().getByRole("button", { name: "Back" }).click();
        check((await dialog().getByLabel("Configuration directory").inputValue()) === "/etc/postfix", "back keeps the answers");
        await dialog().getByRole("button", { name: "Next" }).click();
        await field.waitFor();
    }
    if (question === "Root tag") {
        check((await field.inputValue()) === "postfix-on-/srv/mail/queue", "the tag of the kit");
        await field.fill("mx");
    }
    await dialog().getByRole("button", { name: "Next" }).click();
}
await doIt("mx is in service on n1");
await dialog().getByRole("button", { name: "Extend it to another server" }).click();
await dialog().getByRole("button", { name: "Show what will be done" }).click();
await doIt("mx is extended to n2");
await close();
await shows("mx", "in service on n1");
await card("mx").getByText("answers", { exact: true }).waitFor();
await accessible("the tree");
await page.screenshot({ path: join(pictures, "tree.png") });

console.log("in service on the other server, by a right click on it");
await card("mx").getByText("n2", { exact: true }).click({ button: "right" });
await page.getByRole("menuitem", { name: "Bring in service on n2 …" }).click();
await dialog().getByText("The cluster will:").waitFor();
await page.screenshot({ path: join(pictures, "plan.png") });
await doIt("mx is in service on n2");
await close();
await shows("mx", "in service on n2");

console.log("a failure shows up by itself, with its reason and what to do, and is cleaned up");
run("crm_resource", "--fail", "--resource", "mx", "--node", "n2");
await card("mx").getByText(/Failed: /).first().waitFor();
await choose("mx", "Clean up failures …");
await doIt("The failures of mx are forgotten");
await close();
await card("mx").getByText(/Failed: /).waitFor({ state: "detached" });

console.log("properties: switchback, a priority, a parameter; one that cannot be used is refused with its reason");
await choose("mx", "Properties …");
await dialog().getByLabel("Priority of n2").fill("5");
await dialog().getByRole("button", { name: "Change priorities …" }).click();
await doIt("mx is changed");
await dialog().getByRole("button", { name: "More properties" }).click();
await dialog().getByLabel(/^drain: /).fill("soon");
await dialog().getByRole("button", { name: "Change parameters …" }).click();
await dialog().getByText(/soon/).first().waitFor();
check((await dialog().getByRole("button", { name: "Do it" }).count()) === 0, "a value that cannot be used is not offered");
await dialog().getByRole("button", { name: "Cancel" }).click();

console.log("refusals: unextend where it is in service is not offered; delete asks and says what becomes of Postfix");
await choose("mx", "Delete …");
await dialog().getByText("Postfix keeps running on n2, unprotected. IP addresses and file systems stay as they are.").waitFor();
await dialog().getByRole("button", { name: "Cancel" }).click();

console.log("out of service and back, seen by a second browser at once");
const second = await open({ locale: "ja-JP" });
await choose("mx", "Take out of service …");
await doIt("mx is out of service");
await close();
await second.page.getByText("サービス休止", { exact: true }).first().waitFor();
await second.page.screenshot({ path: join(pictures, "tree.ja.png") });
await choose("mx", "Bring in service …");
await dialog().getByRole("button", { name: "Show what will be done" }).click();
await doIt(/mx is in service on /);
await close();

console.log("verify shows the checklist");
await choose("mx", "Verify …");
await dialog().getByRole("button", { name: "Check", exact: true }).click();
await dialog().getByText(/checks are OK$|all OK$/).first().waitFor();
await page.screenshot({ path: join(pictures, "verify.png") });
await close();

console.log("text of others is text");
const hostile = `<img src=x onerror="alert(1)">\u202e${"x".repeat(4096)}`;
const escaped = hostile.replace(/[&<"]/g, c => `&#${c.charCodeAt(0)};`);
const set = `<instance_attributes id="hostile"><nvpair id="hostile-value" name="trace_dir" value="/${escaped}"/></instance_attributes>`;
run("cibadmin", "--modify", "--allow-create", "--scope", "resources", "--xml-text", `<primitive id="mx">${set}</primitive>`);
await choose("mx", "Properties …");
check((await dialog().getByLabel(/^trace_dir: /).inputValue()).includes("<img"), "the value as it is");
check((await page.locator("img[src=x]").count()) === 0, "no markup of others");
await dialog().getByRole("button", { name: "Close", exact: true }).last().click();

console.log("dark, and narrow");
const dark = await open({ colorScheme: "dark", viewport: { width: 400, height: 900 } });
await dark.page.getByRole("article", { name: "mx" }).waitFor();
await dark.page.screenshot({ path: join(pictures, "tree.dark.png") });
const wide = await dark.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
check(!wide, "a narrow page does not scroll sideways");

console.log("unextend and delete");
const idle = (await card("mx").getByText("in service on n1", { exact: true }).count()) > 0 ? "n2" : "n1";
await choose("mx", "Unextend …");
await dialog().getByRole("button", { name: "Show what will be done" }).click();
await doIt(`mx is unextended from ${idle}`);
await close();
await choose("mx", "Delete …");
await doIt(/mx is deleted/);
await close();
await page.getByRole("heading", { name: "There is no hierarchy yet" }).waitFor();

for (const [who, list] of [["the page", errors], ["the second", second.errors], ["the dark one", dark.errors]]) {
    check(list.length === 0, `errors in ${who}: ${list.join("\n")}`);
}
await browser.close();
console.log("done");
