// What this page uses of Cockpit's own library, ../base1/cockpit.js
// (https://cockpit-project.org/guide/latest/api-base1).

interface CockpitError {
    message: string;
    /// "not-found", "access-denied", "terminated", "disconnected", …
    problem: string | null;
    exit_status: number | null;
    exit_signal: string | null;
}

interface CockpitProcess extends Promise<string> {
    stream(read: (text: string) => void): CockpitProcess;
    input(text: string, more?: boolean): CockpitProcess;
    close(problem?: string): void;
}

interface CockpitPermission extends EventTarget {
    allowed: boolean | null;
    addEventListener(event: "changed", call: () => void): void;
    removeEventListener(event: "changed", call: () => void): void;
    close(): void;
}

declare const cockpit: {
    spawn(
        argv: string[],
        options: { superuser?: "try" | "require"; err?: "message" | "out"; environ?: string[] },
    ): CockpitProcess;
    gettext(text: string): string;
    format(template: string, ...values: unknown[]): string;
    permission(options: { admin: true }): CockpitPermission;
    language: string;
    transport: {
        addEventListener(event: "ready", call: () => void): void;
    } & EventTarget;
};
