// Verify: the checklist, for this server or for all, with what to do about what is wrong.

import { Alert } from "@patternfly/react-core/dist/esm/components/Alert/index";
import { ExpandableSection } from "@patternfly/react-core/dist/esm/components/ExpandableSection/index";
import { useState } from "react";
import { type Answers, AskDialog, type Field, Fields, answerOf } from "./form";
import { ProblemAlert, TextItems, TickBox, Waiting } from "./plan";
import { type Check, type Problem, type VerifyReport, isProblem, verify } from "./postkeeper";

const _ = cockpit.gettext;

/** `tags`: the hierarchies to choose from; none where there is none. */
export function VerifyDialog({ tags, servers, onClose }: { tags: string[]; servers: string[]; onClose: () => void }) {
    const [given, setGiven] = useState<Answers>({});
    const [everywhere, setEverywhere] = useState(false);
    const [start, setStart] = useState(false);
    const [answer, setAnswer] = useState<VerifyReport[] | Problem | "running" | null>(null);
    const which: Field = { name: "tag", label: _("Hierarchy"), value: tags[0] ?? "", options: tags.map(tag => ({ value: tag, label: tag })) };
    const tag = answerOf(which, given);
    const title = tag === "" ? _("Verify") : cockpit.format(_("Verify $0"), tag);
    const run = async () => {
        setAnswer("running");
        const words = [...(tag === "" ? [] : [tag]), ...(start ? ["--start"] : []), ...(everywhere ? ["--on", ...servers] : [])];
        setAnswer(await verify(words));
    };
    const reports = answer !== null && answer !== "running" && !isProblem(answer) ? answer : null;
    return (
        <AskDialog
            title={title}
            description={_("Goes through a checklist; nothing is changed.")}
            size="large"
            actions={[{ label: reports ? _("Check again") : _("Check"), go: () => void run(), disabled: answer === "running" }]}
            leave={_("Close")}
            onClose={onClose}
            below={
                <>
                    {answer === "running" && <Waiting text={_("Checking: this can take some minutes")} />}
                    {answer !== null && answer !== "running" && isProblem(answer) && <ProblemAlert problem={answer} />}
                    {reports?.map(report => <ReportView key={report.about} report={report} />)}
                </>
            }
        >
            {tags.length > 1 && <Fields fields={[which]} answers={given} onChange={setGiven} />}
            {servers.length > 1 && (
                <TickBox
                    id="pk-everywhere"
                    label={cockpit.format(_("Check all servers (through ssh): $0"), servers.join(", "))}
                    on={everywhere}
                    set={setEverywhere}
                />
            )}
            <TickBox
                id="pk-start"
                label={_("Also start Postfix, check its sockets, and stop it again (only where the cluster does not run it)")}
                on={start}
                set={setStart}
            />
        </AskDialog>
    );
}

function ReportView({ report }: { report: VerifyReport }) {
    const bad = report.items.filter(i => i.level !== "ok");
    const good = report.items.filter(i => i.level === "ok");
    return (
        <section aria-label={report.about} className="pk-report">
            <h3>{report.about}</h3>
            {bad.length === 0 && <Alert isInline variant="success" title={cockpit.format(_("$0 checks, all OK"), good.length)} />}
            {bad.map((item, at) => (
                <CheckView key={at} item={item} />
            ))}
            {bad.length > 0 && good.length > 0 && (
                <ExpandableSection toggleText={cockpit.format(_("$0 checks are OK"), good.length)}>
                    <ul>
                        <TextItems lines={good.map(item => `${item.check}: ${item.found}`)} />
                    </ul>
                </ExpandableSection>
            )}
        </section>
    );
}

function CheckView({ item }: { item: Check }) {
    return (
        <Alert
            isInline
            variant={item.level === "error" ? "danger" : "warning"}
            title={<span className="pk-text">{`${item.section}: ${item.check}: ${item.found}`}</span>}
        >
            <p className="pk-text">{cockpit.format(_("Expected: $0"), item.wanted)}</p>
            <p className="pk-text">{cockpit.format(_("To do: $0"), item.todo)}</p>
        </Alert>
    );
}
