// The page: the tree of hierarchies, live, and what can be done with them.

import { Alert } from "@patternfly/react-core/dist/esm/components/Alert/index";
import { Button } from "@patternfly/react-core/dist/esm/components/Button/index";
import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from "@patternfly/react-core/dist/esm/components/EmptyState/index";
import { Spinner } from "@patternfly/react-core/dist/esm/components/Spinner/index";
import { useCallback, useEffect, useState } from "react";
import { CreateWizard } from "./create";
import { HierarchyCard, HierarchyDialog, type Opened } from "./hierarchy";
import { ImportDialog } from "./import";
import { type HierarchyStatus, type Problem, type StatusReport, VERSION, isProblem, watch } from "./postkeeper";
import { ProblemAlert, TickBox } from "./plan";
import { VerifyDialog } from "./verify";
import { stateWord } from "./words";

const _ = cockpit.gettext;

/** How soon a status that broke off is asked for again, in ms. */
const AGAIN = 3000;

/** postkeeper's exit code for a cluster that cannot be reached. */
const UNREACHABLE = 5;

/** Whether the user may change something: null until Cockpit has said so. */
export function useAdmin(): boolean | null {
    const [allowed, setAllowed] = useState<boolean | null>(null);
    useEffect(() => {
        const permission = cockpit.permission({ admin: true });
        const changed = () => setAllowed(permission.allowed);
        permission.addEventListener("changed", changed);
        changed();
        return () => {
            permission.removeEventListener("changed", changed);
            permission.close();
        };
    }, []);
    return allowed;
}

/** The new report, with the old one's hierarchies where nothing has changed: those are not drawn again. */
function keep(last: StatusReport | null, now: StatusReport): StatusReport {
    const kept = now.hierarchies.map(h => {
        const before = last?.hierarchies.find(l => l.resource === h.resource);
        return before && JSON.stringify(before) === JSON.stringify(h) ? before : h;
    });
    return { ...now, hierarchies: kept };
}

function useStatus(admin: boolean | null): { report: StatusReport | null; problem: Problem | null } {
    const [report, setReport] = useState<StatusReport | null>(null);
    const [problem, setProblem] = useState<Problem | null>(null);
    useEffect(() => {
        if (admin === null) {
            return;
        }
        let timer: number | undefined;
        let end = () => {};
        const begin = () => {
            end = watch(answer => {
                if (isProblem(answer)) {
                    setProblem(answer);
                    window.clearTimeout(timer);
                    if (answer.cut) {
                        return;
                    }
                    timer = window.setTimeout(() => {
                        end();
                        begin();
                    }, AGAIN);
                } else {
                    setReport(last => keep(last, answer));
                    setProblem(null);
                }
            });
        };
        begin();
        return () => {
            window.clearTimeout(timer);
            end();
        };
        // Other rights may see more; until Cockpit has said which there are, nothing is asked.
    }, [admin]);
    return { report, problem };
}

type Open = "create" | "verify" | "import" | null;

export function Application() {
    const admin = useAdmin();
    const { report, problem } = useStatus(admin);
    const [open, setOpen] = useState<Open>(null);
    const [acting, setActing] = useState<{ opened: Opened; hierarchy: HierarchyStatus } | null>(null);
    const act = useCallback((opened: Opened, hierarchy: HierarchyStatus) => setActing({ opened, hierarchy }), []);
    const [onlyTrouble, setOnlyTrouble] = useState(false);
    const close = () => setOpen(null);
    const needsALook = (h: StatusReport["hierarchies"][number]) =>
        h.state !== "in service" || h.failures.length > 0 || h.remarks.length > 0 || h.endpoints.some(e => e.problem);
    const shown = report?.hierarchies.filter(h => !onlyTrouble || needsALook(h)) ?? [];
    return (
        <main className="pk-page">
            <header className="pk-header">
                <h1>{_("Postfix hierarchies")}</h1>
                {report && !problem && <ClusterSummary report={report} />}
                <div className="pk-toolbar" role="toolbar" aria-label={_("Actions")}>
                    <GuardedButton admin={admin} disabled={!report} onClick={() => setOpen("create")} primary>
                        {_("Create hierarchy")}
                    </GuardedButton>
                    <GuardedButton admin={admin} onClick={() => setOpen("verify")}>
                        {_("Verify")}
                    </GuardedButton>
                    <GuardedButton admin={admin} disabled={!report} onClick={() => setOpen("import")}>
                        {_("Import from LifeKeeper")}
                    </GuardedButton>
                    {report && report.hierarchies.length > 3 && (
                        <TickBox
                            id="only-trouble"
                            label={_("Only those that need attention")}
                            on={onlyTrouble}
                            set={setOnlyTrouble}
                        />
                    )}
                </div>
            </header>
            {admin === false && (
                <Alert
                    isInline
                    variant="info"
                    title={_("You can look, and change nothing: turn on administrative access to manage hierarchies.")}
                />
            )}
            {report && report.version !== VERSION && (
                <Alert
                    isInline
                    variant="warning"
                    title={_("postkeeper on this server is another version than this page: update cockpit-postkeeper and postkeeper together.")}
                />
            )}
            <section aria-live="polite" aria-label={_("Hierarchies")}>
                {problem && <Trouble problem={problem} onVerify={() => setOpen("verify")} admin={admin} stale={report !== null} />}
                {!report && !problem && (
                    <EmptyState titleText={_("Asking the cluster")} headingLevel="h2" icon={Spinner} />
                )}
                {report && report.hierarchies.length === 0 && !problem && (
                    <Nothing report={report} admin={admin} onCreate={() => setOpen("create")} onVerify={() => setOpen("verify")} />
                )}
                {report && (
                    <ul className="pk-tree">
                        {shown.map(h => (
                            <li key={h.resource}>
                                <HierarchyCard
                                    hierarchy={h}
                                    extendable={h.servers.length < report.nodes.length}
                                    admin={admin}
                                    open={act}
                                />
                            </li>
                        ))}
                    </ul>
                )}
            </section>
            {open === "create" && report && <CreateWizard report={report} onClose={close} />}
            {open === "verify" && (
                <VerifyDialog
                    // Without an answer of the cluster, only the server itself is looked at.
                    tags={problem ? [] : (report?.hierarchies.map(h => h.tag) ?? [])}
                    servers={report?.nodes.map(n => n.name) ?? []}
                    onClose={close}
                />
            )}
            {open === "import" && <ImportDialog onClose={close} />}
            {acting && report && (
                <HierarchyDialog
                    opened={acting.opened}
                    hierarchy={report.hierarchies.find(h => h.resource === acting.hierarchy.resource) ?? acting.hierarchy}
                    report={report}
                    admin={admin}
                    onClose={() => setActing(null)}
                />
            )}
        </main>
    );
}

function ClusterSummary({ report }: { report: StatusReport }) {
    const { cluster, nodes, here } = report;
    const words = [
        ...(cluster.maintenance ? [_("The cluster is in maintenance mode: nothing is monitored or recovered.")] : []),
        ...(cluster.quorum ? [] : [_("The cluster has no quorum.")]),
        ...(cluster.fencing ? [] : [_("Fencing is off.")]),
    ];
    return (
        <div>
            <p>
                {cockpit.format(_("Connected to $0. Servers: $1"), here, nodes.map(n => `${n.name} (${stateWord(n.state)})`).join(", "))}
            </p>
            {words.map(word => (
                <Alert key={word} isInline isPlain variant="warning" title={word} />
            ))}
        </div>
    );
}

/** What to do next when there is no hierarchy. */
function Nothing({
    report,
    admin,
    onCreate,
    onVerify,
}: {
    report: StatusReport;
    admin: boolean | null;
    onCreate: () => void;
    onVerify: () => void;
}) {
    const create = (
        <GuardedButton admin={admin} onClick={onCreate} primary={report.postfix}>
            {_("Create the first hierarchy")}
        </GuardedButton>
    );
    return report.postfix ? (
        <EmptyState titleText={_("There is no hierarchy yet")} headingLevel="h2">
            <EmptyStateBody>
                {_("A hierarchy is a Postfix with the IP addresses and file systems that it needs. Verify checks whether this server is ready for one.")}
            </EmptyStateBody>
            <EmptyStateFooter>
                <EmptyStateActions>{create}</EmptyStateActions>
            </EmptyStateFooter>
        </EmptyState>
    ) : (
        <EmptyState titleText={cockpit.format(_("Postfix is not installed on $0"), report.here)} headingLevel="h2" status="warning">
            <EmptyStateBody>
                <p>
                    {_("Install the package postfix on every server that is to have the hierarchy, in the same version (apt install postfix, dnf install postfix, zypper install postfix), and let the cluster start it: systemctl disable --now postfix. Then verify.")}
                </p>
                <p>{_("If Postfix is on another server already, or not in /usr/sbin, create the hierarchy: it asks where.")}</p>
            </EmptyStateBody>
            <EmptyStateFooter>
                <EmptyStateActions>
                    <GuardedButton admin={admin} onClick={onVerify} primary>
                        {_("Verify this server")}
                    </GuardedButton>
                    {create}
                </EmptyStateActions>
            </EmptyStateFooter>
        </EmptyState>
    );
}

/** What to do next when there is no status. */
function Trouble({ problem, onVerify, admin, stale }: { problem: Problem; onVerify: () => void; admin: boolean | null; stale: boolean }) {
    const title = problem.cut
        ? _("Disconnected")
        : problem.exit === UNREACHABLE
          ? _("The cluster cannot be reached from this server")
          : _("There is no status");
    return (
        <EmptyState titleText={title} headingLevel="h2" status="danger">
            <EmptyStateBody>
                <ProblemAlert problem={problem} />
                {stale && <p>{_("What is shown below is the last that was known.")}</p>}
                {!problem.cut && <p>{_("The page tries again by itself.")}</p>}
            </EmptyStateBody>
            <EmptyStateFooter>
                {problem.cut ? (
                    <Button variant="primary" onClick={() => window.location.reload()}>
                        {_("Connect again")}
                    </Button>
                ) : (
                    <GuardedButton admin={admin} onClick={onVerify}>
                        {_("Verify this server")}
                    </GuardedButton>
                )}
            </EmptyStateFooter>
        </EmptyState>
    );
}

/** A button that says why it cannot be used. */
export function GuardedButton({
    admin,
    onClick,
    disabled = false,
    primary = false,
    children,
}: {
    admin: boolean | null;
    onClick: () => void;
    disabled?: boolean;
    primary?: boolean;
    children: string;
}) {
    const denied = admin === false;
    return (
        <Button
            variant={primary ? "primary" : "secondary"}
            isAriaDisabled={denied || disabled}
            onClick={onClick}
            {...(denied ? { title: needsAdmin() } : {})}
        >
            {children}
        </Button>
    );
}

export const needsAdmin = () => _("Needs administrative access");
