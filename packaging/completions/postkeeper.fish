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
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "show" -d 'The properties of a hierarchy: switchback, servers and priorities, dependencies, parameters'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "verify" -d 'Check whether this server, and the cluster, are fit to run Postfix'
complete -c postkeeper -n "__fish_postkeeper_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand show" -s h -l help -d 'Print help'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l config-dir -d 'Directory of main.cf and master.cf' -r -F
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l binary-dir -d 'Directory of postfix and postconf' -r -F
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l queue-dir -d 'The queue directory, when it is not to be taken from main.cf alone' -r -F
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l on -d 'Check these servers instead of this one, and compare them' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l domain -d 'A domain whose MX records should lead here, beside those that main.cf names' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l shell -d 'The command that runs a command on another server; the server and the words are added' -r
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l start -d 'Really start Postfix, look at its sockets and greetings, and stop it again; what runs already goes on running'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l json -d 'Print JSON'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -l alone -d 'Check this server only, and not the cluster'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from show verify help" -f -a "show" -d 'The properties of a hierarchy: switchback, servers and priorities, dependencies, parameters'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from show verify help" -f -a "verify" -d 'Check whether this server, and the cluster, are fit to run Postfix'
complete -c postkeeper -n "__fish_postkeeper_using_subcommand help; and not __fish_seen_subcommand_from show verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
