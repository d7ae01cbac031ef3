// Properties: switchback, priorities and parameters, to see and to change.

import { Alert } from "@patternfly/react-core/dist/esm/components/Alert/index";
import { FormFieldGroup, FormFieldGroupHeader } from "@patternfly/react-core/dist/esm/components/Form/index";
import { useEffect, useState } from "react";
import { needsAdmin } from "./app";
import { priorityProblem } from "./create";
import { type Answers, AskDialog, type Field, Fields, answerOf, wrongOf } from "./form";
import { PlanDialog, ProblemAlert, Waiting } from "./plan";
import { type Problem, type Properties, isProblem, show } from "./postkeeper";
import { switchbackWord } from "./words";

const _ = cockpit.gettext;

/** What is changed by one run of `postkeeper set`. */
type Change = { words: string[]; what: string };

export function PropertiesDialog({ tag, admin, onClose }: { tag: string; admin: boolean | null; onClose: () => void }) {
    const [properties, setProperties] = useState<Properties | Problem | null>(null);
    const [values, setValues] = useState<Answers>({});
    const [change, setChange] = useState<Change | null>(null);
    useEffect(() => {
        let alive = true;
        void show(tag).then(answer => {
            if (alive) {
                setProperties(answer);
            }
        });
        return () => {
            alive = false;
        };
    }, [tag, change]);
    const title = cockpit.format(_("Properties of $0"), tag);
    if (change) {
        return (
            <PlanDialog
                title={title}
                words={change.words}
                before={() => setChange(null)}
                next={{ label: _("More properties"), go: () => setChange(null) }}
                onClose={onClose}
            />
        );
    }
    const known = properties && !isProblem(properties) ? properties : null;
    const fields = known ? fieldsOf(known) : [];
    const edited = fields.filter(f => answerOf(f, values) !== f.value);
    const disabled = edited.some(f => wrongOf(f, values) !== null);
    const denied = admin === false ? needsAdmin() : undefined;
    const changes = known ? changesOf(known.tag, edited.map(f => [f.name, answerOf(f, values)])) : [];
    return (
        <AskDialog
            title={title}
            size="medium"
            actions={changes.map(c => ({ label: cockpit.format(_("Change $0 …"), c.what), go: () => setChange(c), disabled, denied }))}
            leave={_("Close")}
            onClose={onClose}
        >
            {properties === null && <Waiting text={_("Asking the cluster")} />}
            {properties && isProblem(properties) && <ProblemAlert problem={properties} />}
            {known && (
                <Alert
                    isInline
                    isPlain
                    variant="info"
                    title={cockpit.format(_("Resource $0. Depends on: $1"), known.resource, known.dependencies.map(d => d.resource).join(", ") || "-")}
                />
            )}
            {sections(fields).map(([name, list]) => (
                <FormFieldGroup key={name} header={<FormFieldGroupHeader titleText={{ text: name, id: `pk-group-${list[0]?.name}` }} />}>
                    <Fields fields={list} answers={values} onChange={setValues} />
                </FormFieldGroup>
            ))}
            {changes.length > 1 && (
                <Alert isInline variant="info" title={_("Switchback, priorities and parameters are changed one after the other.")} />
            )}
        </AskDialog>
    );
}

const SWITCHBACK = "switchback";
const PRIORITY = "priority ";
const PARAMETER = "parameter ";

function fieldsOf(p: Properties): Field[] {
    const switchback: Field = {
        name: SWITCHBACK,
        label: _("Switchback type"),
        value: p.switchback,
        options: [...new Set(["intelligent", "automatic", p.switchback])].map(value => ({ value, label: switchbackWord(value) })),
    };
    const priorities: Field[] = p.servers.map(s => ({
        name: PRIORITY + s.name,
        label: cockpit.format(_("Priority of $0"), s.name),
        value: s.priority === null ? "" : String(s.priority),
        // Beside what the others are to have: two can be swapped.
        wrong: (text, answers) =>
            priorityProblem(text, priorities.filter(o => o.name !== PRIORITY + s.name).map(o => Number(answerOf(o, answers)))),
    }));
    const parameters = p.parameters.map(q => ({
        name: PARAMETER + q.name,
        label: `${q.name}: ${q.short}`,
        help: cockpit.format(_("$0 Default: $1. $2"), q.long, q.default ?? _("none"), q.reloadable ? "" : _("A change restarts Postfix.")),
        value: q.value ?? "",
    }));
    return [switchback, ...priorities, ...parameters];
}

function sections(fields: Field[]): [string, Field[]][] {
    const of = (prefix: string) => fields.filter(f => f.name.startsWith(prefix));
    const all: [string, Field[]][] = [
        [_("Switchback"), of(SWITCHBACK)],
        [_("Priorities"), of(PRIORITY)],
        [_("Parameters (empty: the default)"), of(PARAMETER)],
    ];
    return all.filter(([, list]) => list.length > 0);
}

/** `postkeeper set` takes one kind at a time. */
function changesOf(tag: string, edited: [string, string][]): Change[] {
    const pairs = (prefix: string) =>
        edited.filter(([name]) => name.startsWith(prefix)).map(([name, value]) => `${name.slice(prefix.length)}=${value}`);
    const changes: Change[] = [];
    for (const [, value] of edited.filter(([name]) => name === SWITCHBACK)) {
        changes.push({ words: ["set", tag, "switchback", value], what: _("switchback") });
    }
    if (pairs(PRIORITY).length > 0) {
        changes.push({ words: ["set", tag, "priority", ...pairs(PRIORITY)], what: _("priorities") });
    }
    if (pairs(PARAMETER).length > 0) {
        changes.push({ words: ["set", tag, ...pairs(PARAMETER)], what: _("parameters") });
    }
    return changes;
}
