// The words of the interface, as a person is told them.

const _ = cockpit.gettext;

/** A state of a hierarchy, a resource or a server. */
export function stateWord(state: string): string {
    const words: Record<string, string> = {
        "in service": _("in service"),
        "out of service": _("out of service"),
        "not in service": _("not in service"),
        started: _("started"),
        promoted: _("promoted"),
        unpromoted: _("unpromoted"),
        stopped: _("stopped"),
        starting: _("starting"),
        stopping: _("stopping"),
        migrating: _("migrating"),
        online: _("online"),
        offline: _("offline"),
        standby: _("standby"),
        maintenance: _("maintenance"),
        unclean: _("unclean"),
        "coming up": _("coming up"),
        unknown: _("unknown"),
    };
    return words[state] ?? state;
}

/** Whether it returns after a failover. */
export function switchbackWord(switchback: string): string {
    const words: Record<string, string> = { intelligent: _("intelligent"), automatic: _("automatic") };
    return words[switchback] ?? switchback;
}
