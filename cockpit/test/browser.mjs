// Drives the page in a real browser, on the node that serves it: `node test/browser.mjs PICTURES`.
//
// tests/cockpit.rs makes the cluster (n1 and n2 that reach each other by ssh, resources for Postfix on n2, nothing of ours yet, mail
// on its way) and runs this on n1. Postfix serves on n1 at the end, and nothing is left of what was made.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { chromium } from "playwright-core";

const [pictures] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const axe = readFileSync(join(here, "../node_modules/axe-core/axe.min.js"), "utf8");
// What a step of the cluster may take on a busy machine.
const LIMIT = 60_000;
const begun = Date.now();

function step(text) {
    console.log(`${((Date.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${text}`);
}

function check(holds, what) {
    if (!holds) {
        throw new Error(what);
    }
}

const run = (...words) => execFileSync(words[0], words.slice(1), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const sh = script => run("sh", "-c", script);

/** Changes a resource. By a file: the cibadmin of Pacemaker 3 takes only ASCII as an argument, in any locale. */
function modify(xml) {
    writeFileSync("/tmp/modify.xml", xml);
    run("cibadmin", "--modify", "--allow-create", "--scope", "resources", "--xml-file", "/tmp/modify.xml");
}

/** Text that is nobody's friend: markup, quotes, a change of direction, and no place to break the line. */
const EVIL = `<img src=x onerror="alert(1)">"'</script>&lt;\u202e${"x".repeat(300)}`;

const escaped = text => text.replace(/[&<"]/g, c => `&#${c.charCodeAt(0)};`);

// ---- What serves the page.

const ROOT = 9090;
const READER = 9091;
const STRANGER = 9092;
const HOSTILE = 9093;
const CUT = 9094;
const NOTHING = 9095;

/** A cockpit-ws whose one session is `session`; it ends with this host. */
async function serve(port, session) {
    const words = ["--no-tls", "--address", "127.0.0.1", "--port", String(port), "--local-session", session];
    const env = { ...process.env, HOME: "/root", XDG_RUNTIME_DIR: "/run" };
    const server = spawn("/usr/lib/cockpit/cockpit-ws", words, { detached: true, stdio: "ignore", env });
    server.unref();
    for (let answers = false; !answers; ) {
        answers = await fetch(`http://127.0.0.1:${port}/ping`).then(answer => answer.ok, () => false);
        check(server.exitCode === null, `cockpit-ws on port ${port} has ended`);
        await new Promise(resolve => setTimeout(resolve, 50));
    }
    return server.pid;
}

/** A session of another user, or with another environment. */
function session(name, command) {
    const path = `/tmp/session-${name}`;
    writeFileSync(path, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    return path;
}

const as = user => `exec setpriv --reuid ${user} --regid ${user} --init-groups env HOME=/tmp XDG_RUNTIME_DIR=/tmp cockpit-bridge`;

// ---- The browser.

const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", ...quiet] });
mkdirSync(pictures, { recursive: true });

/** Everything that pages were told by postkeeper: what was run, and what it printed. */
const told = [];

function listen(socket) {
    const channels = new Map();
    socket.on("framesent", ({ payload }) => {
        const text = String(payload);
        const message = text.startsWith("\n") ? JSON.parse(text) : {};
        if (message.command === "open" && message.spawn?.[0] === "postkeeper") {
            const run = { words: message.spawn.slice(1), text: "" };
            channels.set(message.channel, run);
            told.push(run);
        }
    });
    socket.on("framereceived", ({ payload }) => {
        const text = String(payload);
        const end = text.indexOf("\n");
        const run = channels.get(text.slice(0, end));
        if (run) {
            run.text += text.slice(end + 1);
        }
    });
}

const pages = [];

async function open({ port = ROOT, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 640 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT);
    if (port !== HOSTILE) {
        page.on("websocket", listen);
    }
    const errors = [];
    page.on("pageerror", error => errors.push(error.message));
    page.on("console", message => message.type() === "error" && errors.push(message.text()));
    page.on("dialog", dialog => errors.push(`a dialog of the browser: ${dialog.message()}`));
    await page.goto(`http://127.0.0.1:${port}/cockpit/@localhost/postkeeper/index.html`);
    pages.push({ page, errors, port });
    return page;
}

const wide = page => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

/** What a person does with a page. */
class Person {
    constructor(page) {
        this.page = page;
    }

    get dialog() {
        return this.page.getByRole("dialog");
    }

    card(tag) {
        return this.page.getByRole("article", { name: tag });
    }

    button(name) {
        return this.dialog.getByRole("button", { name, exact: true });
    }

    async shows(tag, words) {
        await this.card(tag).getByText(words, { exact: true }).first().waitFor();
    }

    async choose(tag, item) {
        await this.page.getByRole("button", { name: `Actions for ${tag}`, exact: true }).click();
        await this.page.getByRole("menuitem", { name: item }).click();
    }

    /** By a right click on the server. */
    async chooseOn(tag, server, item) {
        await this.card(tag).getByText(server, { exact: true }).last().click({ button: "right" });
        await this.page.getByRole("menuitem", { name: item }).click();
    }

    async plan() {
        await this.button("Show what will be done").click();
        await this.button("Do it").waitFor();
    }

    /** From the plan to the end. */
    async doIt(ends) {
        await this.button("Do it").click();
        await this.dialog.getByText(ends).first().waitFor();
    }

    async close() {
        await this.button("Close").last().click();
        await this.dialog.waitFor({ state: "detached" });
    }

    /** A dialog that refuses, with these words, and offers nothing to do. */
    async refused(words) {
        await this.dialog.getByText(words).first().waitFor();
        check((await this.button("Do it").count()) === 0, `refused, and offered all the same: ${words}`);
        await this.close();
    }

    /** Until colours and positions have changed, which they do slowly. What turns for ever, such as a spinner, is not waited for. */
    async still() {
        await this.page.evaluate(() => {
            const ends = document.getAnimations().filter(a => Number.isFinite(a.effect.getComputedTiming().endTime));
            return Promise.all(ends.map(a => a.finished.catch(() => {})));
        });
    }

    /** What `look` finds wrong on a page that stands still. One that is being drawn (a menu that finds its place) is given 5 s. */
    async wrong(look) {
        for (const begun = Date.now(); ; ) {
            await this.still();
            const found = await look();
            if (found.length === 0 || Date.now() - begun > 5000) {
                return found;
            }
        }
    }

    async accessible(what) {
        await this.page.evaluate(axe);
        const serious = await this.wrong(async () => {
            const found = await this.page.evaluate(() => globalThis.axe.run());
            return found.violations.filter(v => ["serious", "critical"].includes(v.impact));
        });
        check(serious.length === 0, `${what}: ${JSON.stringify(serious.map(v => [v.id, v.nodes.map(n => n.html)]), null, 1)}`);
    }

    /** Nothing was made of what others have named, and all of it is in its place. */
    async harmless(what) {
        const made = await this.page.evaluate(() => {
            return [...document.querySelectorAll("img, iframe, object, [onerror], body script")].map(e => e.outerHTML);
        });
        check(made.length === 0, `${what}: made of text: ${made.join("\n")}`);
        const spilt = await this.wrong(() => this.page.evaluate(() => {
            const is_scrolled = e => e.parentElement && (/auto|scroll|hidden|clip/.test(getComputedStyle(e.parentElement).overflowX) || is_scrolled(e.parentElement));
            const spilt = [...document.querySelectorAll("main *, [role=dialog] *")].filter(e => {
                const { left, right, width } = e.getBoundingClientRect();
                return width > 1 && (left < -1 || right > document.documentElement.clientWidth + 1) && !is_scrolled(e);
            });
            return spilt.map(e => e.outerHTML.slice(0, 200));
        }));
        check(spilt.length === 0, `${what}: wider than the page: ${spilt.slice(0, 5).join("\n")}`);
        const sideways = await this.wrong(async () => ((await wide(this.page)) ? ["sideways"] : []));
        check(sideways.length === 0, `${what}: the page scrolls sideways`);
        await this.accessible(what);
    }

    async picture(name) {
        // Nobody points at anything.
        await this.page.mouse.move(0, 0);
        await this.still();
        await this.page.screenshot({ path: join(pictures, `${name}.png`) });
    }

    /** Goes on by the Tab key until that has the focus. */
    async tabTo(selector) {
        for (let presses = 0; presses < 60; presses += 1) {
            await this.page.keyboard.press("Tab");
            if (await this.page.evaluate(s => document.activeElement?.matches(s), selector)) {
                return;
            }
        }
        throw new Error(`the Tab key does not lead to ${selector}`);
    }
}

// What was to be seen when a step does not come to its end.
process.on("uncaughtException", async error => {
    console.log(error.message);
    for (const [at, { page, errors, port }] of pages.entries()) {
        console.log(`The page on port ${port}: ${await page.evaluate(() => document.body.innerText).catch(String)}\nErrors: ${errors.join("\n")}`);
        await page.screenshot({ path: join(pictures, `failure-${at}.png`) }).catch(String);
    }
    await browser.close();
    process.exit(1);
});

// ---- What an administrator does.

await serve(ROOT, "cockpit-bridge");
const me = new Person(await open());
const { page } = me;

step("without Postfix, and with nothing at all: each page says what to do next");
sh("mkdir /tmp/away && mv /usr/sbin/postfix /tmp/away/");
const bare = new Person(await open());
await bare.page.getByRole("heading", { name: "Postfix is not installed on n1" }).waitFor();
await bare.page.getByText(/Install the package postfix on every server/).waitFor();
await bare.accessible("without Postfix");
await bare.picture("bare");
await bare.page.getByRole("button", { name: "Verify this server" }).click();
await bare.button("Check").click();
await bare.dialog.getByText(/postfix and postconf/).first().waitFor();
await bare.close();
await bare.page.context().close();
sh("mv /tmp/away/postfix /usr/sbin/ && rmdir /tmp/away");
await serve(NOTHING, session("nothing", "mkdir -p /tmp/few && ln -sf $(command -v cockpit-bridge) /tmp/few/ && PATH=/tmp/few exec /tmp/few/cockpit-bridge"));
const nothing = new Person(await open({ port: NOTHING }));
await nothing.page.getByText("postkeeper is not installed on this server.").first().waitFor();
await nothing.page.getByText("Install the package postkeeper here").first().waitFor();
await nothing.accessible("without postkeeper");
await nothing.page.context().close();

step("an empty page says what to do; create by the keyboard alone, on the other server, with the questions of the kit");
await page.getByRole("heading", { name: "There is no hierarchy yet" }).waitFor();
await me.accessible("the empty page");
await me.tabTo("button.pf-m-primary");
await page.keyboard.press("Enter");
for (const [label, name] of [
    ["Switchback type", "switchback"],
    ["Server", "server"],
    ["Directory of the Postfix commands", "binary_dir"],
    ["Configuration directory", "config_dir"],
    ["Queue directory", "queue_dir"],
    ["Root tag", "tag"],
]) {
    const field = me.dialog.getByLabel(label, { exact: true });
    await field.waitFor();
    if (name === "switchback") {
        await me.tabTo(`#pk-field-${name}`);
    }
    check(await field.evaluate(e => e === document.activeElement), `${label} is where one types on`);
    const value = await field.inputValue();
    if (name === "server") {
        check(value === "n1", `the server that serves the page is proposed, not ${value}`);
        await page.keyboard.press("ArrowDown");
    }
    if (name === "config_dir") {
        await me.accessible("the wizard");
        await page.keyboard.type("/nowhere");
        await page.keyboard.press("Enter");
        await me.dialog.getByText("Message 2: main.cf not found in the configuration path").waitFor();
        await me.accessible("a refusal");
        await field.fill("/etc/postfix");
    }
    if (name === "queue_dir") {
        check(value === "/srv/mail/queue", `the queue of main.cf is proposed, not ${value}`);
        await me.picture("create");
        await me.button("Back").press("Enter");
        const before = me.dialog.getByLabel("Configuration directory");
        check((await before.inputValue()) === "/etc/postfix", "back keeps the answers");
        await me.button("Next").press("Enter");
        await field.waitFor();
        await field.focus();
    }
    if (name === "tag") {
        check(value === "postfix-on-/srv/mail/queue", `the tag of the kit is proposed, not ${value}`);
        await page.keyboard.press("Control+A");
        await page.keyboard.type("mx");
    }
    if (await field.evaluate(e => e.tagName === "SELECT")) {
        await me.button("Next").press("Enter");
    } else {
        await page.keyboard.press("Enter");
    }
}
await me.button("Do it").waitFor();
await me.accessible("the plan of create");
await me.button("Do it").press("Enter");
await me.dialog.getByText("mx is in service on n2").first().waitFor();
await me.button("Extend it to another server").press("Enter");
check((await me.dialog.getByLabel("Target server", { exact: true }).inputValue()) === "n1", "the other server is proposed");
const [template, target] = ["template", "target"].map(which => me.dialog.getByLabel(`Priority of the ${which} server`));
check((await template.inputValue()) === "1", "the priority that it has is proposed");
for (const [answer, complaint] of [["0", "A whole number from 1 (highest) to 999"], ["1000", "A whole number from 1 (highest) to 999"]]) {
    await template.fill(answer);
    await me.dialog.getByText(complaint).waitFor();
    check(await me.button("Show what will be done").isDisabled(), `${answer} is no priority`);
}
await template.fill(await target.inputValue());
await me.dialog.getByText("Another server has this priority").waitFor();
check(await me.button("Show what will be done").isDisabled(), "no two servers have the same priority");
await template.fill("7");
await target.fill("8");
await me.accessible("extend");
await me.picture("extend");
await me.plan();
await me.dialog.getByText("mx may run on n2, priority 7").waitFor();
await me.dialog.getByText("mx may run on n1, priority 8").waitFor();
await me.button("Back").click();
check((await template.inputValue()) === "7", "back keeps the answers");
await template.fill("1");
await target.fill("2");
await me.plan();
await me.doIt("mx is extended to n1");
await me.close();
await me.shows("mx", "in service on n2");
await me.card("mx").getByText("answers", { exact: true }).waitFor();
await me.accessible("the tree");
await me.picture("tree");

step("a name that is taken is refused");
await page.getByRole("button", { name: "Create hierarchy" }).click();
await me.button("Next").click();
await me.dialog.getByLabel("Server", { exact: true }).selectOption("n2");
await me.button("Next").click();
await me.dialog.getByLabel("Directory of the Postfix commands").waitFor();
await me.button("Next").click();
await me.dialog.getByLabel("Configuration directory").waitFor();
await me.button("Next").click();
await me.dialog.getByText("The resource mx already manages this Postfix: /etc/postfix").first().waitFor();
await me.button("Cancel").click();

step("in service on the other server, by a right click on it; what that disturbs needs a tick");
sh("pcs resource create tied ocf:pacemaker:Dummy >/dev/null && pcs constraint colocation add tied with mail >/dev/null && crm_resource --wait");
await me.chooseOn("mx", "n1", "Bring in service on n1 …");
await me.dialog.getByText("This would also move tied from n2 to n1").waitFor();
check(await me.button("Do it").isDisabled(), "what disturbs others needs a tick");
await me.accessible("a plan that disturbs others");
await me.picture("plan");
await me.dialog.getByLabel("Do it all the same").check();
await me.doIt("mx is in service on n1");
await me.close();
await me.shows("mx", "in service on n1");
sh("pcs resource delete tied >/dev/null 2>&1; crm_resource --wait");

step("a failure shows up by itself, with its reason and what to do, and is cleaned up");
const struck = Date.now();
sh("kill -9 $(cat /srv/mail/queue/pid/master.pid)");
await me.card("mx").getByText(/Failed: /).first().waitFor();
const seen = Date.now() - struck;
// On Pacemaker 3 what the watcher reports has no reason of the agent's.
await me.card("mx").getByText(/Master process of postfix is not running|it was reported as failed/).first().waitFor();
await me.card("mx").getByText(/'fatal', 'panic'|postfix\(mx\)/).first().waitFor();
await me.shows("mx", "in service on n1");
await me.accessible("a failure");
await me.picture("failed");
await me.choose("mx", "Clean up failures …");
await me.button("Do it").waitFor();
await me.accessible("clean up");
await me.doIt("The failures of mx are cleared");
await me.close();
await me.card("mx").getByText(/Failed: /).waitFor({ state: "detached" });
step(`  from kill -9 to the red line: ${seen} ms`);

step("properties: switchback, a priority, a parameter; one that cannot be used is refused with its reason");
await me.choose("mx", "Properties …");
await me.dialog.getByLabel("Switchback type").waitFor();
await me.accessible("properties");
await me.picture("properties");
await me.dialog.getByLabel("Switchback type").selectOption("automatic");
await me.button("Change switchback …").click();
await me.doIt("mx is changed");
await me.button("More properties").click();
await me.dialog.getByLabel("Priority of n1").fill("5");
await me.button("Change priorities …").click();
await me.doIt("mx is changed");
await me.button("More properties").click();
await me.dialog.getByLabel(/^drain: /).fill("soon");
await me.button("Change parameters …").click();
await me.refused(/soon/);
await me.choose("mx", "Properties …");
await me.dialog.getByLabel("Switchback type").selectOption("intelligent");
await me.button("Change switchback …").click();
await me.doIt("mx is changed");
await me.close();
await me.card("mx").getByText("priority 5").waitFor();

step("dependencies; text of others is text, as far as Pacemaker takes it: a name, a parameter, a description, a node attribute, a reason");
const hostile = `hostile-${"x".repeat(200)}`;
run("pcs", "resource", "create", hostile, "ocf:lab:hostile", `directory=/${EVIL}`, "device=none", "op", "monitor", "interval=1s", "on-fail=ignore", "--force");
modify(`<primitive id="mx" description="${escaped(EVIL)}"/>`);
sh(`pcs constraint location ${hostile} prefers n1 >/dev/null && crm_resource --wait`);
await me.choose("mx", "Add a dependency …");
await me.dialog.getByLabel("Child resource").selectOption(hostile);
await me.harmless("a dependency");
await me.plan();
await me.harmless("a plan with a dependency");
await me.doIt(`mx depends on ${hostile}`);
await me.close();
await me.card("mx").getByText(hostile, { exact: true }).first().waitFor();
await me.card("mx").getByText(`hostile /${EVIL}`, { exact: true }).waitFor();
const ids = run("attrd_updater", "--query", "--name", "postkeeper-ids-mx", "--node", "n2").match(/value="(.*?)"/)[1];
const publish = value => run("attrd_updater", "--name", "postkeeper-ids-mx", "--update", value, "--node", "n2");
// attrd_updater takes ASCII.
const ascii = EVIL.replace(/\P{ASCII}/u, "");
publish(ascii);
await me.card("mx").getByText(`kept away: ids differ: uid:gid ${ascii} there`).waitFor();
sh("touch /run/hostile");
// Some versions of Pacemaker show < as &lt; in a reason.
await me.card("mx").locator("div", { hasText: /^Danger alert:Failed: / }).getByText(/img src=x onerror=/).first().waitFor();
await me.harmless("hostile text in the cluster");
await me.picture("hostile");
publish(ids);
sh("rm /run/hostile");
await me.choose("mx", "Clean up failures …");
await me.doIt("The failures of mx are cleared");
await me.close();
await me.choose("mx", "Remove a dependency …");
await me.dialog.getByLabel("Child resource").selectOption(hostile);
await me.plan();
await me.doIt(/mx no longer depends on hostile/);
await me.close();
sh(`pcs resource delete ${hostile} >/dev/null 2>&1; crm_resource --wait`);
const text = `<img src=x onerror="alert(1)">\u202e${"x".repeat(65536)}`;
const set = `<instance_attributes id="hostile"><nvpair id="hostile-value" name="trace_dir" value="/${escaped(text)}"/></instance_attributes>`;
modify(`<primitive id="mx">${set}</primitive>`);
await me.choose("mx", "Properties …");
check((await me.dialog.getByLabel(/^trace_dir: /).inputValue()).length > text.length, "the value as it is");
await me.harmless("a hostile value");
await me.close();
run("cibadmin", "--delete", "--xml-text", '<instance_attributes id="hostile"/>');

step("out of service and back, seen by a second browser at once, in Japanese");
const second = new Person(await open({ locale: "ja-JP" }));
await me.choose("mx", "Take out of service …");
await me.button("Do it").waitFor();
await me.accessible("out of service");
await me.doIt("mx is out of service");
await me.close();
await second.page.getByText("サービス休止", { exact: true }).first().waitFor();
await me.choose("mx", "Bring in service …");
await me.dialog.getByLabel("Server").selectOption("n1");
await me.plan();
await me.doIt("mx is in service on n1");
await me.close();
await second.page.getByText("応答あり", { exact: true }).first().waitFor();
await second.picture("tree.ja");
const dark = new Person(await open({ colorScheme: "dark" }));
await dark.card("mx").getByText("answers", { exact: true }).first().waitFor();
await dark.accessible("the tree in the dark");
await dark.picture("tree.dark");
await dark.page.setViewportSize({ width: 380, height: 800 });
check(!(await wide(dark.page)), "a narrow page does not scroll sideways");
await dark.page.context().close();

step("verify: the checklist of both servers and of the cluster");
await me.choose("mx", "Verify …");
await me.dialog.getByLabel(/Check all servers/).check();
await me.button("Check").click();
for (const about of ["n1", "n2", "cluster"]) {
    await me.dialog.getByRole("region", { name: about, exact: true }).waitFor();
}
await me.dialog.getByText(/checks are OK$|all OK$/).first().waitFor();
await me.accessible("verify");
await me.picture("verify");
await me.close();

step("refusals: where it is in service it is not unextended; delete says what becomes of Postfix; cancel changes nothing");
await me.card("mx").getByText("n1", { exact: true }).last().click({ button: "right" });
const item = page.getByRole("menuitem", { name: "Unextend from n1 …" });
check((await item.getAttribute("aria-disabled")) === "true", "not where it is in service");
await item.getByText("It is in service there").waitFor();
// It does not end where the card does.
await page.getByRole("menuitem", { name: "Properties …" }).hover();
await page.keyboard.press("Escape");
await me.choose("mx", "Delete …");
await me.dialog.getByText("Postfix keeps running on n1, unprotected. IP addresses and file systems stay as they are.").waitFor();
await me.accessible("delete");
await me.button("Cancel").click();
await me.shows("mx", "in service on n1");

step("a session that may only read sees everything, and is told why it may do nothing; one that may not read is told so");
await serve(READER, session("reader", as("reader")));
const reader = new Person(await open({ port: READER }));
await reader.shows("mx", "in service on n1");
await reader.page.getByText("You can look, and change nothing").waitFor();
await reader.page.getByRole("button", { name: "Actions for mx", exact: true }).click();
const denied = reader.page.getByRole("menuitem", { name: "Take out of service …" });
check((await denied.getAttribute("aria-disabled")) === "true", "nothing is offered");
await denied.getByText("Needs administrative access").waitFor();
await reader.accessible("without privileges");
await reader.page.getByRole("menuitem", { name: "Properties …" }).click();
await reader.dialog.getByLabel("Priority of n1").waitFor();
await reader.page.context().close();
await serve(STRANGER, session("stranger", as("nobody")));
const stranger = new Person(await open({ port: STRANGER }));
await stranger.page.getByRole("heading", { name: "The cluster cannot be reached from this server", exact: true }).waitFor();
await stranger.accessible("a stranger");
step(`  who may not read is told: ${(await stranger.page.getByRole("main").innerText()).replace(/\s+/g, " ").slice(0, 400)}`);
await stranger.page.context().close();

step("whatever postkeeper says is text: a stand-in for it puts markup and more into every word of it");
const real = (...words) => JSON.parse(run("postkeeper", ...words));
/** The same document, every text of it hostile; what is a word of the interface stays. */
const spoilt = (value, key) =>
    typeof value === "string" ? (["event", "state", "level"].includes(key) ? value : value + EVIL)
    : Array.isArray(value) ? value.map(part => spoilt(part))
    : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, spoilt(part, name)]))
    : value;
const status = real("status", "--json");
const [mx] = status.hierarchies;
mx.failures = [true, false].map(degraded => ({ resource: "mx", server: "n1", action: "monitor", when: "now", reason: "", degraded, advice: "" }));
mx.remarks = [""];
mx.servers.forEach(s => Object.assign(s, { kept_away: [""], failures: "" }));
mx.endpoints.forEach(e => Object.assign(e, { answers: false, problem: "" }));
mkdirSync("/tmp/stand-in", { recursive: true });
const lay = (name, ...documents) => writeFileSync(`/tmp/stand-in/${name}`, documents.map(d => `${JSON.stringify(spoilt(d))}\n`).join(""));
const event = (kind, more) => ({ version: 1, event: kind, ...more });
const plan = event("plan", { title: "", phases: [[""], [""]], actions: [""], disturbs: [""], notes: [""], empty: false, subject: null });
lay("status", status);
lay("show", real("show", "mx", "--json"));
lay("verify", [{ about: "", items: ["ok", "error"].map(level => ({ section: "", check: "", level, found: "", wanted: "", todo: "" })), facts: {} }]);
lay("plan", plan);
lay("done", plan, event("progress", { text: "" }), event("end", { exit: 0, text: "\n" }));
lay("refused", event("error", { exit: 3, message: 2, text: "", advice: [""], field: null }));
const answer = `case "$1 $*" in
status*) cat status; exec sleep 600 ;;
show* | verify*) exec cat $1 ;;
clean-up*) cat refused; exit 3 ;;
*--dry-run*) exec cat plan ;;
*) exec cat done ;;
esac`;
writeFileSync("/tmp/stand-in/postkeeper", `#!/bin/sh\ncd /tmp/stand-in\n${answer}\n`, { mode: 0o755 });
await serve(HOSTILE, session("hostile", "PATH=/tmp/stand-in:$PATH exec cockpit-bridge"));
const victim = new Person(await open({ port: HOSTILE }));
await victim.page.getByRole("article").waitFor();
await victim.harmless("the tree");
const choose = async item => {
    await victim.page.getByRole("button", { name: `Actions for mx${EVIL}`, exact: true }).click();
    await victim.harmless("the menu");
    await victim.page.getByRole("menuitem", { name: item }).click();
    await victim.dialog.waitFor();
};
await choose("Properties …");
await victim.dialog.getByText("Switchback type").first().waitFor();
await victim.harmless("properties");
await victim.close();
await choose("Verify …");
await victim.button("Check").click();
await victim.dialog.getByRole("region").first().waitFor();
await victim.harmless("verify");
await victim.close();
await choose("Remove a dependency …");
await victim.harmless("a form");
await victim.button("Show what will be done").click();
await victim.button("Do it").waitFor();
await victim.harmless("a plan");
await victim.dialog.getByLabel("Do it all the same").check();
await victim.button("Do it").click();
await victim.dialog.getByText(/alert:Done$/).waitFor();
await victim.harmless("the end");
await victim.close();
await choose("Clean up failures …");
await victim.dialog.getByText(/Message 2: /).first().waitFor();
await victim.harmless("a refusal");
await victim.picture("hostile.all");
await victim.close();
await victim.page.setViewportSize({ width: 380, height: 800 });
await victim.harmless("a narrow page");
await victim.page.context().close();

step("the connection is cut in the middle of an action: the page says so, and the cluster goes on");
const server = await serve(CUT, "cockpit-bridge");
const unlucky = new Person(await open({ port: CUT }));
await unlucky.chooseOn("mx", "n2", "Bring in service on n2 …");
await unlucky.button("Do it").click();
await unlucky.dialog.locator(".pk-progress li").first().waitFor();
process.kill(server, "SIGKILL");
await unlucky.dialog.getByText("The connection to the server was cut. What has begun goes on.").first().waitFor();
await unlucky.close();
await unlucky.page.getByRole("heading", { name: "Disconnected" }).waitFor();
await unlucky.accessible("a cut connection");
await me.shows("mx", "in service on n2");
await me.card("mx").getByText("a move was interrupted").waitFor({ state: "detached" });
await serve(CUT, "cockpit-bridge");
await unlucky.page.getByRole("button", { name: "Connect again" }).click();
await unlucky.shows("mx", "in service on n2");
// What the browser itself says of a connection that is no more.
pages.find(p => p.page === unlucky.page).errors.length = 0;
await unlucky.page.context().close();

step("the cluster is stopped on this server, its programs are missing, and it comes back: each page says what to do");
sh("kill $(pidof pacemakerd)");
await page.getByRole("heading", { name: "The cluster cannot be reached from this server", exact: true }).waitFor();
await page.getByText("Start it here (pcs cluster start) or run this on a server where it runs.").waitFor();
await me.accessible("a cluster that is stopped");
await me.picture("stopped");
sh("while pidof pacemakerd >/dev/null; do sleep 0.1; done; mkdir /tmp/away; mv /etc/corosync/corosync.conf /tmp/away/");
await page.getByText(/No cluster is set up here: install Pacemaker/).first().waitFor();
await me.accessible("no cluster");
sh("mv /tmp/away/corosync.conf /etc/corosync/; mv /usr/sbin/cibadmin /usr/sbin/crm* /tmp/away/");
await page.getByText(/is Pacemaker installed\?/).first().waitFor();
await page.getByText(/No cluster is set up here: install Pacemaker/).first().waitFor();
step(`  no programs of Pacemaker: ${(await page.getByRole("main").innerText()).replace(/\s+/g, " ").slice(0, 300)}`);
sh("mv /tmp/away/* /usr/sbin/");
spawn("pacemakerd", ["-f"], { detached: true, stdio: "ignore" }).unref();
await page.getByRole("heading", { name: "The cluster cannot be reached from this server", exact: true }).waitFor({ state: "detached" });
await me.shows("mx", "in service on n2");
await me.card("mx").locator("li", { hasText: "n1" }).getByText("online", { exact: true }).waitFor();
sh("crm_resource --wait");

step("what the page costs while nothing happens");
/** utime and stime of a process and of its children that have ended, in hundredths of a second; null when it has ended itself. */
function ticks(pid) {
    try {
        return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 15).reduce((a, b) => a + Number(b), 0);
    } catch {
        return null;
    }
}
for (const { page: other } of pages.filter(p => p.page !== page && !p.page.isClosed())) {
    await other.context().close();
}
const IDLE = 60;
const servants = ["cockpit-ws", "cockpit-bridge", "postkeeper"].flatMap(name =>
    sh(`pidof ${name} || true`).split(/\s+/).filter(pid => pid !== "").map(pid => ({ name, pid })),
);
const spent = () => servants.map(({ pid }) => ticks(pid));
const before = spent();
await new Promise(resolve => setTimeout(resolve, IDLE * 1000));
const each = spent().map((now, at) => (now === null ? 0 : (now - before[at]) / IDLE));
step(`  of a core, over ${IDLE} s: ${each.reduce((a, b) => a + b, 0).toFixed(2)} %: ${servants.map(({ name }, at) => `${name} ${each[at].toFixed(2)}`).join(", ")}`);

step("the power of the other server goes: the failover shows up by itself");
run("stonith_admin", "--fence", "n2");
await me.shows("mx", "in service on n1");
await me.card("mx").locator("li", { hasText: "n2" }).getByText("offline", { exact: true }).waitFor();
await me.card("mx").getByText("answers", { exact: true }).waitFor();
await me.accessible("after a failover");
await me.picture("failover");

step("unextend and delete; import by a file, and away with it");
await me.choose("mx", "Unextend …");
await me.plan();
await me.dialog.getByText("mx no longer runs on n2, also after a failover.").waitFor();
await me.accessible("unextend");
await me.doIt("mx is unextended from n2");
await me.close();
await me.choose("mx", "Delete …");
await me.doIt(/mx is deleted/);
await me.close();
await page.getByRole("heading", { name: "There is no hierarchy yet" }).waitFor();
await page.getByRole("button", { name: "Import from LifeKeeper" }).click();
await me.accessible("import");
const display = readFileSync("/tmp/lcdstatus.txt");
const upload = buffer => me.dialog.locator("input[type=file]").setInputFiles({ name: "svr1.txt", mimeType: "text/plain", buffer });
await upload(Buffer.from("nothing of the kind"));
await me.button("Show what will be done").click();
await me.dialog.getByText(/is not what lcdstatus prints/).first().waitFor();
await me.button("Back").click();
await upload(display);
await me.dialog.getByLabel("Further options").fill("--node svr1=n1 svr2=n2 --priority svr2=10");
await me.plan();
await me.accessible("the plan of import");
await me.doIt("Created, unmanaged.");
await me.close();
const imported = "postfix-on-/srv/mail/queue";
await me.card(imported).getByText("it is unmanaged: the cluster does not start, stop or recover it").waitFor();
await me.choose(imported, "Delete …");
await me.doIt(/is deleted/);
await me.close();
await page.getByRole("heading", { name: "There is no hierarchy yet" }).waitFor();

step("everything that was told is as docs/interface.schema.json has it, and has nothing that it does not name");
for (const words of [["create", "--format", "json"], ["create", "--tag", "", "--dry-run", "--format", "json"], ["delete", "nothing", "--yes", "--format", "json"]]) {
    const ran = { words, text: sh(`postkeeper ${words.map(w => `'${w}'`).join(" ")} 2>/dev/null || true`) };
    check(ran.text !== "", `${words.join(" ")} says nothing to a program`);
    told.push(ran);
}
const schema = JSON.parse(readFileSync(join(here, "../../docs/interface.schema.json"), "utf8"));
const close = part => {
    if (part && typeof part === "object") {
        if (part.properties) {
            part.additionalProperties ??= false;
        }
        Object.values(part).forEach(close);
    }
};
close(schema);
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
ajv.addSchema(schema, "interface");
const kinds = new Map();
function judge(kind, value, words) {
    const holds = ajv.getSchema(`interface#/$defs/${kind}`);
    check(holds(value), `${words.join(" ")}: ${ajv.errorsText(holds.errors)}: ${JSON.stringify(value).slice(0, 500)}`);
    const name = kind === "event" ? value.event : kind;
    kinds.set(name, (kinds.get(name) ?? 0) + 1);
}
for (const { words, text: printed } of told) {
    const whole = { show: "properties", verify: "checklist" }[words[0]];
    if (whole) {
        judge(whole, JSON.parse(printed), words);
        continue;
    }
    // The last line may have been cut.
    for (const line of printed.split("\n").slice(0, -1)) {
        const value = JSON.parse(line);
        judge(words[0] === "status" && !value.event ? "status" : "event", value, words);
    }
}
const missing = ["status", "properties", "checklist", "plan", "progress", "end", "error"].filter(kind => !kinds.has(kind));
check(missing.length === 0, `nobody was told: ${missing.join(", ")}`);
step(`  ${[...kinds].map(([kind, count]) => `${kind} ${count}`).join(", ")}`);

for (const { errors, port } of pages) {
    check(errors.length === 0, `errors in a page on port ${port}: ${errors.join("\n")}`);
}
await browser.close();
step("done");
