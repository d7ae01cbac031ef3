# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_postkeeper_global_optspecs
    string join \n h/help V/version
end

function __fish_postkeeper_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_postkeeper_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_postkeeper_using_subcommand
    set -l cmd (__fish_postkeeper_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c postkeeper -n "__fish_postkeeper_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -s V -l version -d 'Print version'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "create" -d 'Create a hierarchy: Postfix with the IP addresses and file systems that it needs'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "extend" -d 'Add a server to a hierarchy'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "unextend" -d 'Remove a server from a hierarchy'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "in-service" -d 'Bring a hierarchy into service, here or on another server'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "out-of-service" -d 'Take a hierarchy out of service: Postfix stops, and stays stopped until it is brought into service again'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "clean-up" -d 'Clear the failures of a hierarchy, so that the cluster tries again'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "depend" -d 'Add or remove a dependency on another resource, such as the file system of the mail spool'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "set" -d 'Change properties of a hierarchy'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "status" -d 'Show the status of all hierarchies: a tree of their resources and servers, and what has failed'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "show" -d 'Show the properties of a hierarchy: switchback, servers and priorities, dependencies, parameters'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "verify" -d 'Check whether this server and the cluster are ready to run Postfix'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "repair" -d 'Update the constraints and parameters of a hierarchy to those of this version'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "delete" -d 'Remove a hierarchy: a running Postfix keeps running, unprotected; IP addresses and file systems stay'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "adopt" -d 'Convert a resource of another agent to ocf:postkeeper:postfix, without stopping Postfix'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "import" -d 'Import a LifeKeeper hierarchy from the output of lcdstatus'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l config-dir -d 'Where main.cf and master.cf are' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l binary-dir -d 'Where postfix and postconf are' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l queue-dir -d 'The queue; it may be a symbolic link [default: queue_directory of main.cf]' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l server -d 'The server on which the hierarchy is first in service [default: this one]' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l switchback -d 'Whether the hierarchy moves back when a server of higher priority returns' -r -f -a "intelligent\t'It stays where it is'
automatic\t'It returns to the server of highest priority'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l tag -d 'Its name [default: postfix-on-QUEUE_DIR]' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l priority -d 'The priority of the server, 1 (highest) to 999' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l group -d 'Add Postfix as the last member of this group, which must contain everything that Postfix needs' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l depends-on -d 'Another resource that Postfix needs, of any type, besides those found by address and mount point; may be repeated' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l shell -d 'Remote shell command; the server\'s name and the command to run there are appended' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l handed-over -d 'This is the server that was named'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand extend" -l to -d 'The server to add' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand extend" -l priority -d 'Its priority, 1 (highest) to 999 [default: after the others]' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand extend" -l template-priority -d 'Priority of the server that it already has, 1 to 999; only with the first extension [default: unchanged]' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand extend" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand extend" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand extend" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand extend" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand extend" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand extend" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand extend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand unextend" -l from -d 'The server to remove; the hierarchy must not be in service there' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand unextend" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand unextend" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand unextend" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand unextend" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand unextend" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand unextend" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand unextend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand in-service" -l on -d 'The server [default: where it runs, or the one of highest priority that can run it]' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand in-service" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand in-service" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand in-service" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand in-service" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand in-service" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand in-service" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand in-service" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand out-of-service" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand out-of-service" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand out-of-service" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand out-of-service" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand out-of-service" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand out-of-service" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand out-of-service" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand clean-up" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand clean-up" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand clean-up" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand clean-up" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand clean-up" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand clean-up" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand clean-up" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and not __fish_seen_subcommand_from add remove help" -s h -l help -d 'Print help'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and not __fish_seen_subcommand_from add remove help" -f -a "add" -d 'Postfix runs where the resource runs, and starts after it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and not __fish_seen_subcommand_from add remove help" -f -a "remove" -d 'Postfix no longer needs the resource'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and not __fish_seen_subcommand_from add remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from add" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from add" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from add" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from add" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from add" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from add" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from remove" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from remove" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from remove" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from remove" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from remove" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from help" -f -a "add" -d 'Postfix runs where the resource runs, and starts after it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Postfix no longer needs the resource'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand depend; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand set" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand set" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand set" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand set" -l dependencies -d 'With switchback: set it for the IP addresses and file systems too'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand set" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand set" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand set" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand status" -l watch -d 'Refresh every SECONDS seconds; with --json, print one line whenever something changes' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand status" -l json -d 'For programs: one JSON document'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand status" -l offline -d 'Do not connect to the endpoints'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand show" -l json -d 'For programs: one JSON document'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand show" -s h -l help -d 'Print help'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l config-dir -d 'Directory of main.cf and master.cf' -r -F
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l binary-dir -d 'Directory of postfix and postconf' -r -F
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l queue-dir -d 'The queue directory that main.cf must name' -r -F
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l on -d 'Check these servers instead of this one, and compare them' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l domain -d 'A domain whose MX records should point here, besides those that main.cf names' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l shell -d 'Remote shell command; the server\'s name and the command to run there are appended' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l start -d 'Start Postfix, check its sockets and greetings, and stop it again; a Postfix that is already running is left running'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l json -d 'For programs: a JSON list of reports, each with about, items (section, check, level, found, wanted, todo) and facts'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l alone -d 'Check this server only, and not the cluster'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand repair" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand repair" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand repair" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand repair" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand repair" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand repair" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand repair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand delete" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand delete" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand delete" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand delete" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand delete" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand delete" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand adopt" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand adopt" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand adopt" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand adopt" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand adopt" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand adopt" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand adopt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l tag -d 'The tag of the Postfix resource, if it cannot be recognized' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l switchback -d 'The switchback type, which lcdstatus does not show' -r -f -a "intelligent\t'It stays where it is'
automatic\t'It returns to the server of highest priority'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l priority -d 'The priority of a server whose output was not saved' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l node -d 'The cluster node that replaces a server [default: the one of the same name]' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l device -d 'Device, type and mount options of a file system [default: those of /etc/fstab]' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l id -d 'The id of a resource whose id the display has shortened: the address, or the mount point' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l config-dir -d 'Where main.cf and master.cf are' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l binary-dir -d 'Where postfix and postconf are' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l queue-dir -d 'The queue [default: queue_directory of main.cf, when that can be read here]' -r -F
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l allow -d 'Allow only this action, which otherwise needs --force (may be given several times)' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l format -d 'Output format of the plan; xml, pcs and crm print the plan and change nothing' -r -f -a "text\t'Plain text'
xml\t'The resulting configuration'
pcs\t'Commands for pcs'
crm\t'Commands for crmsh'
json\t'Events for a program, one line each; with --dry-run or --yes'"
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l wait -d 'Maximum time to wait for the cluster, in seconds' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l dry-run -d 'Show what would be done, without doing it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -s y -l yes -d 'Do it without asking'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -l force -d 'Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "create" -d 'Create a hierarchy: Postfix with the IP addresses and file systems that it needs'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "extend" -d 'Add a server to a hierarchy'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "unextend" -d 'Remove a server from a hierarchy'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "in-service" -d 'Bring a hierarchy into service, here or on another server'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "out-of-service" -d 'Take a hierarchy out of service: Postfix stops, and stays stopped until it is brought into service again'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "clean-up" -d 'Clear the failures of a hierarchy, so that the cluster tries again'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "depend" -d 'Add or remove a dependency on another resource, such as the file system of the mail spool'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "set" -d 'Change properties of a hierarchy'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "status" -d 'Show the status of all hierarchies: a tree of their resources and servers, and what has failed'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "show" -d 'Show the properties of a hierarchy: switchback, servers and priorities, dependencies, parameters'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "verify" -d 'Check whether this server and the cluster are ready to run Postfix'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "repair" -d 'Update the constraints and parameters of a hierarchy to those of this version'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "delete" -d 'Remove a hierarchy: a running Postfix keeps running, unprotected; IP addresses and file systems stay'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "adopt" -d 'Convert a resource of another agent to ocf:postkeeper:postfix, without stopping Postfix'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "import" -d 'Import a LifeKeeper hierarchy from the output of lcdstatus'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from create extend unextend in-service out-of-service clean-up depend set status show verify repair delete adopt import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and __fish_seen_subcommand_from depend" -f -a "add" -d 'Postfix runs where the resource runs, and starts after it'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and __fish_seen_subcommand_from depend" -f -a "remove" -d 'Postfix no longer needs the resource'
