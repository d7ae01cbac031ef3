// One hierarchy as a tree: itself, its resources, endpoints and servers, and a menu on each that something can be done with.

import { Alert } from "@patternfly/react-core/dist/esm/components/Alert/index";
import { Card, CardBody, CardHeader, CardTitle } from "@patternfly/react-core/dist/esm/components/Card/index";
import { Dropdown, DropdownItem, DropdownList } from "@patternfly/react-core/dist/esm/components/Dropdown/index";
import { CheckCircleIconConfig } from "@patternfly/react-icons/dist/esm/icons/check-circle-icon";
import { EllipsisVIconConfig } from "@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon";
import { ExclamationCircleIconConfig } from "@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon";
import { ExclamationTriangleIconConfig } from "@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon";
import { InProgressIconConfig } from "@patternfly/react-icons/dist/esm/icons/in-progress-icon";
import { PauseCircleIconConfig } from "@patternfly/react-icons/dist/esm/icons/pause-circle-icon";
import { type MouseEvent, type ReactNode, memo, useId, useLayoutEffect, useRef, useState } from "react";
import { needsAdmin } from "./app";
import { ExtendDialog } from "./create";
import { FormDialog } from "./form";
import type { EndpointStatus, HierarchyStatus, ServerStatus, StatusReport } from "./postkeeper";
import { PropertiesDialog } from "./properties";
import { VerifyDialog } from "./verify";
import { stateWord, switchbackWord } from "./words";

const _ = cockpit.gettext;

type Colour = "green" | "red" | "orange" | "blue" | "grey";

interface Shape {
    icon: { width: number; height: number; svgPathData: string };
}

const SHAPES: Record<Colour, Shape> = {
    green: CheckCircleIconConfig,
    red: ExclamationCircleIconConfig,
    orange: ExclamationTriangleIconConfig,
    blue: InProgressIconConfig,
    grey: PauseCircleIconConfig,
};

// A tree has hundreds of icons, states and menu buttons. PatternFly's own have each icon twice, and measure each label when it is drawn.

function Icon({ shape: { icon } }: { shape: Shape }) {
    return (
        <svg className="pk-icon" viewBox={`0 0 ${icon.width} ${icon.height}`} aria-hidden="true">
            <path d={icon.svgPathData} />
        </svg>
    );
}

/** A state by colour, icon and word. */
function State({ colour, children }: { colour: Colour; children: string }) {
    return (
        <span className={`pk-state pk-${colour}`}>
            <Icon shape={SHAPES[colour]} /> {children}
        </span>
    );
}

function hierarchyColour(h: HierarchyStatus): Colour {
    const silent = h.endpoints.some(e => e.answers === false);
    const troubled = h.endpoints.some(e => e.problem);
    switch (h.state) {
        case "in service":
            return silent ? "red" : troubled || h.failures.length > 0 || h.remarks.length > 0 ? "orange" : "green";
        case "out of service":
            return "grey";
        case "not in service":
            return "red";
        default:
            return "blue";
    }
}

/** A menu, by its button or by a right click on what it belongs to. */
function useMenu() {
    const [open, setOpen] = useState(false);
    const onContextMenu = (event: MouseEvent) => {
        event.preventDefault();
        event.stopPropagation();
        setOpen(true);
    };
    return { open, setOpen, onContextMenu };
}

interface Item {
    label: string;
    go: () => void;
    /** Why it cannot be done now. */
    not?: string | null;
    /** It changes nothing by itself, so everybody may. */
    reads?: boolean;
}

function Menu({ label, items, admin, open, setOpen }: { label: string; items: Item[]; admin: boolean | null; open: boolean; setOpen: (open: boolean) => void }) {
    // A menu costs much, and most of them are never opened: until then there is only its button.
    const [used, setUsed] = useState(false);
    const button = useRef<HTMLButtonElement>(null);
    useLayoutEffect(() => {
        if (used) {
            button.current?.focus();
        }
    }, [used]);
    if (open && !used) {
        setUsed(true);
    }
    const toggle = (onClick: () => void) => (
        <button ref={button} type="button" className="pk-menu" aria-label={label} aria-expanded={open} onClick={onClick}>
            <Icon shape={EllipsisVIconConfig} />
        </button>
    );
    if (!used) {
        // After the click: the menu would take it for one beside itself.
        return toggle(() => void window.setTimeout(() => setOpen(true)));
    }
    return (
        <Dropdown
            isOpen={open}
            onOpenChange={setOpen}
            popperProps={{ position: "right" }}
            toggle={{ toggleNode: toggle(() => setOpen(!open)), toggleRef: button }}
        >
            <DropdownList>
                {open &&
                    items.map(item => {
                        const not = admin === false && !item.reads ? needsAdmin() : item.not;
                        return (
                            <DropdownItem
                                key={item.label}
                                isAriaDisabled={not != null}
                                {...(not != null ? { description: not } : {})}
                                onClick={() => {
                                    setOpen(false);
                                    item.go();
                                }}
                            >
                                {item.label}
                            </DropdownItem>
                        );
                    })}
            </DropdownList>
        </Dropdown>
    );
}

/** A dialog about a hierarchy. */
export type Opened =
    | { what: "in-service"; on: string | null }
    | { what: "out-of-service" }
    | { what: "extend"; to: string | null }
    | { what: "unextend"; from: string | null }
    | { what: "delete" }
    | { what: "depend-add" }
    | { what: "depend-remove"; on: string | null }
    | { what: "properties" }
    | { what: "clean-up" }
    | { what: "verify" };

export const HierarchyCard = memo(function HierarchyCard({
    hierarchy: h,
    extendable,
    admin,
    open,
}: {
    hierarchy: HierarchyStatus;
    /** The cluster has another server. */
    extendable: boolean;
    admin: boolean | null;
    open: (opened: Opened, hierarchy: HierarchyStatus) => void;
}) {
    const menu = useMenu();
    const setOpened = (opened: Opened) => open(opened, h);
    const idle = h.servers.filter(s => !s.in_service);
    const items: Item[] = [
        { label: _("Bring in service …"), go: () => setOpened({ what: "in-service", on: null }) },
        {
            label: _("Take out of service …"),
            go: () => setOpened({ what: "out-of-service" }),
            not: h.wanted ? null : _("It is out of service"),
        },
        {
            label: _("Extend …"),
            go: () => setOpened({ what: "extend", to: null }),
            not: extendable ? null : _("It is extended to every server"),
        },
        {
            label: _("Unextend …"),
            go: () => setOpened({ what: "unextend", from: null }),
            not: idle.length > 0 ? null : _("It has no other server"),
        },
        { label: _("Add a dependency …"), go: () => setOpened({ what: "depend-add" }) },
        {
            label: _("Remove a dependency …"),
            go: () => setOpened({ what: "depend-remove", on: null }),
            not: h.dependencies.length > 0 ? null : _("It has none"),
        },
        { label: _("Properties …"), go: () => setOpened({ what: "properties" }), reads: true },
        {
            label: _("Clean up failures …"),
            go: () => setOpened({ what: "clean-up" }),
            not: h.failures.some(f => !f.degraded) || h.servers.some(s => s.failures !== null) ? null : _("Nothing has failed"),
        },
        { label: _("Verify …"), go: () => setOpened({ what: "verify" }) },
        { label: _("Delete …"), go: () => setOpened({ what: "delete" }) },
    ];
    const where = h.server ? cockpit.format(_("$0 on $1"), stateWord(h.state), h.server) : stateWord(h.state);
    const heading = useId();
    return (
        <Card isCompact component="article" aria-labelledby={heading} onContextMenu={menu.onContextMenu}>
            <CardHeader
                actions={{
                    hasNoOffset: true,
                    actions: (
                        <Menu
                            label={cockpit.format(_("Actions for $0"), h.tag)}
                            items={items}
                            admin={admin}
                            open={menu.open}
                            setOpen={menu.setOpen}
                        />
                    ),
                }}
            >
                <CardTitle component="h2" id={heading}>
                    <span className="pk-text">{h.tag}</span> <State colour={hierarchyColour(h)}>{where}</State>
                </CardTitle>
                <p className="pk-sub">
                    {cockpit.format(_("Switchback: $0"), switchbackWord(h.switchback))}
                    {h.group && `; ${cockpit.format(_("group: $0"), h.group)}`}
                </p>
            </CardHeader>
            <CardBody>
                {h.failures.map((f, at) => (
                    <Alert
                        key={at}
                        isInline
                        variant={f.degraded ? "warning" : "danger"}
                        title={
                            f.degraded
                                ? cockpit.format(_("Degraded: $0 on $1 ($2)"), f.resource, f.server, f.when)
                                : cockpit.format(_("Failed: $0 of $1 on $2 ($3)"), f.action, f.resource, f.server, f.when)
                        }
                    >
                        <p className="pk-text">{f.reason}</p>
                        {f.advice && <p className="pk-text">{f.advice}</p>}
                    </Alert>
                ))}
                {h.remarks.map(remark => (
                    <Alert key={remark} isInline isPlain variant="warning" title={remark} />
                ))}
                <Branch title={_("Resources")}>
                    {h.dependencies.map(d => (
                        <li key={d.resource}>
                            <span className="pk-text">{d.resource}</span>
                            <span className="pk-sub pk-text">
                                {d.agent.split(":").at(-1)} {d.subject}
                            </span>
                            <State colour={["started", "promoted"].includes(d.state) ? "green" : d.servers.length > 0 ? "blue" : "red"}>
                                {d.servers.length > 0 ? cockpit.format(_("$0 on $1"), stateWord(d.state), d.servers.join(", ")) : stateWord(d.state)}
                            </State>
                        </li>
                    ))}
                </Branch>
                <Branch title={_("Endpoints")}>
                    {h.endpoints.map(e => (
                        <Endpoint key={`${e.service} ${e.address}`} endpoint={e} serves={h.server !== null} />
                    ))}
                </Branch>
                <Branch title={_("Servers")}>
                    {h.servers.map(s => (
                        <Server key={s.name} server={s} hierarchy={h} admin={admin} open={setOpened} />
                    ))}
                </Branch>
            </CardBody>
        </Card>
    );
});

function Branch({ title, children }: { title: string; children: ReactNode[] }) {
    if (children.length === 0) {
        return null;
    }
    return (
        <section className="pk-branch" aria-label={title}>
            <h3>{title}</h3>
            <ul>{children}</ul>
        </section>
    );
}

function Endpoint({ endpoint: e, serves }: { endpoint: EndpointStatus; serves: boolean }) {
    return (
        <li>
            <span className="pk-text">{e.address}</span>
            <span className="pk-sub pk-text">{e.service}</span>
            {e.answers === true && <State colour={e.problem ? "orange" : "green"}>{_("answers")}</State>}
            {e.answers === false && <State colour="red">{_("does not answer")}</State>}
            {e.answers === null && <State colour="grey">{serves ? _("not tried from here") : _("Postfix does not run")}</State>}
            {e.problem && <span className="pk-text">{e.problem}</span>}
        </li>
    );
}

function Server({
    server: s,
    hierarchy: h,
    admin,
    open,
}: {
    server: ServerStatus;
    hierarchy: HierarchyStatus;
    admin: boolean | null;
    open: (opened: Opened) => void;
}) {
    const menu = useMenu();
    const items: Item[] = [
        {
            label: cockpit.format(_("Bring in service on $0 …"), s.name),
            go: () => open({ what: "in-service", on: s.name }),
            not: s.in_service ? _("It is in service there") : null,
        },
        {
            label: _("Take out of service …"),
            go: () => open({ what: "out-of-service" }),
            not: s.in_service ? null : _("It is not in service there"),
        },
        {
            label: cockpit.format(_("Unextend from $0 …"), s.name),
            go: () => open({ what: "unextend", from: s.name }),
            not: s.in_service ? _("It is in service there") : h.servers.length > 1 ? null : _("It has no other server"),
        },
        { label: _("Properties …"), go: () => open({ what: "properties" }), reads: true },
    ];
    const priority = s.priority === null ? _("no priority") : cockpit.format(_("priority $0"), s.priority);
    return (
        <li onContextMenu={menu.onContextMenu}>
            <span className="pk-text">{s.name}</span>
            <span className="pk-sub">{priority}</span>
            <State colour={s.state === "online" ? "green" : s.state === "standby" ? "orange" : "red"}>{stateWord(s.state)}</State>
            {s.in_service && <State colour="green">{_("in service here")}</State>}
            {s.kept_away.map(why => (
                <span key={why} className="pk-text pk-bad">
                    {cockpit.format(_("kept away: $0"), why)}
                </span>
            ))}
            {s.failures !== null && <span className="pk-bad">{cockpit.format(_("failures there: $0"), s.failures)}</span>}
            <Menu
                label={cockpit.format(_("Actions for $0 on $1"), h.tag, s.name)}
                items={items}
                admin={admin}
                open={menu.open}
                setOpen={menu.setOpen}
            />
        </li>
    );
}

/** Stays when the hierarchy goes: it says how that ended. */
export function HierarchyDialog({
    opened,
    hierarchy: h,
    report,
    admin,
    onClose,
}: {
    opened: Opened;
    hierarchy: HierarchyStatus;
    report: StatusReport;
    admin: boolean | null;
    onClose: () => void;
}) {
    const idle = h.servers.filter(s => !s.in_service).map(s => ({ value: s.name, label: s.name }));
    switch (opened.what) {
        case "in-service":
            return (
                <FormDialog
                    title={cockpit.format(_("Bring $0 in service"), h.tag)}
                    fields={
                        opened.on !== null
                            ? []
                            : [
                                  {
                                      name: "on",
                                      label: _("Server"),
                                      value: idle[0]?.value ?? "",
                                      options: [...idle, { value: "", label: _("the server of highest priority that can have it") }],
                                  },
                              ]
                    }
                    words={answers => {
                        const on = opened.on ?? answers["on"] ?? "";
                        return ["in-service", h.tag, ...(on ? ["--on", on] : [])];
                    }}
                    onClose={onClose}
                />
            );
        case "out-of-service":
            return (
                <FormDialog
                    title={cockpit.format(_("Take $0 out of service"), h.tag)}
                    fields={[]}
                    words={() => ["out-of-service", h.tag]}
                    question={() => <p>{_("Postfix stops, and stays stopped until it is brought into service again.")}</p>}
                    onClose={onClose}
                />
            );
        case "extend":
            return <ExtendDialog hierarchy={h} report={report} {...(opened.to ? { target: opened.to } : {})} onClose={onClose} />;
        case "unextend":
            return (
                <FormDialog
                    title={cockpit.format(_("Unextend $0"), h.tag)}
                    fields={
                        opened.from !== null
                            ? []
                            : [{ name: "from", label: _("Target server"), value: idle[0]?.value ?? "", options: idle }]
                    }
                    words={answers => ["unextend", h.tag, "--from", opened.from ?? answers["from"] ?? ""]}
                    question={answers => (
                        <p>{cockpit.format(_("$0 no longer runs on $1, also after a failover."), h.tag, opened.from ?? answers["from"] ?? "")}</p>
                    )}
                    onClose={onClose}
                />
            );
        case "delete":
            return (
                <FormDialog
                    title={cockpit.format(_("Delete $0"), h.tag)}
                    fields={[]}
                    words={() => ["delete", h.tag]}
                    question={() => (
                        <Alert
                            isInline
                            variant="warning"
                            title={
                                h.server
                                    ? cockpit.format(_("Postfix keeps running on $0, unprotected. IP addresses and file systems stay as they are."), h.server)
                                    : _("Postfix stays stopped. IP addresses and file systems stay as they are.")
                            }
                        />
                    )}
                    onClose={onClose}
                />
            );
        case "depend-add":
            return (
                <FormDialog
                    title={cockpit.format(_("Add a dependency to $0"), h.tag)}
                    fields={[
                        {
                            name: "resource",
                            label: _("Child resource"),
                            help: _("Postfix runs where this resource runs, and starts after it: for example the file system of the mail spool."),
                            value: report.resources.find(r => !h.dependencies.some(d => d.resource === r)) ?? "",
                            options: report.resources
                                .filter(r => r !== h.resource && !h.dependencies.some(d => d.resource === r))
                                .map(r => ({ value: r, label: r })),
                            wrong: value => (value === "" ? _("The cluster has no other resource") : null),
                        },
                    ]}
                    words={answers => ["depend", "add", h.tag, answers["resource"] ?? ""]}
                    onClose={onClose}
                />
            );
        case "depend-remove":
            return (
                <FormDialog
                    title={cockpit.format(_("Remove a dependency from $0"), h.tag)}
                    fields={[
                        {
                            name: "resource",
                            label: _("Child resource"),
                            value: opened.on ?? h.dependencies[0]?.resource ?? "",
                            options: h.dependencies.map(d => ({ value: d.resource, label: `${d.resource} (${d.subject})` })),
                        },
                    ]}
                    words={answers => ["depend", "remove", h.tag, answers["resource"] ?? ""]}
                    onClose={onClose}
                />
            );
        case "clean-up":
            return (
                <FormDialog
                    title={cockpit.format(_("Clean up the failures of $0"), h.tag)}
                    fields={[]}
                    words={() => ["clean-up", h.tag]}
                    question={() => <p>{_("The cluster forgets them, and may try again what it had given up.")}</p>}
                    onClose={onClose}
                />
            );
        case "properties":
            return <PropertiesDialog tag={h.tag} admin={admin} onClose={onClose} />;
        case "verify":
            return <VerifyDialog tags={[h.tag]} servers={h.servers.map(s => s.name)} onClose={onClose} />;
    }
}
