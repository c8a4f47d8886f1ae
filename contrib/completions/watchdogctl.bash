# bash completion for watchdogctl(8)                                          -*- shell-script -*-

# The daemon's signals, as a person names them, one a line; nothing where no daemon answers.
_watchdogctl_signals() {
	"$1" ${2:+-s "$2"} --json status 2>/dev/null |
		grep -o '"subject":"[^"\\]*"' | cut -d'"' -f4
}

_watchdogctl_silences() {
	"$1" ${2:+-s "$2"} --json status 2>/dev/null |
		grep -o '"pattern":"[^"\\]*"' | cut -d'"' -f4
}

# Offers each line of $1 that begins with the current word, quoted where it has a blank.
_watchdogctl_offer() {
	local line
	while IFS= read -r line; do
		[[ $line == "${cur//\\/}"* ]] && COMPREPLY+=("$(printf '%q' "$line")")
	done <<<"$1"
}

_watchdogctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} ctl=${COMP_WORDS[0]}
	local command='' socket='' i
	local commands='ack explain health history record silence status test tick unsilence'
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | --socket) socket=${COMP_WORDS[++i]} ;;
		-*) ;;
		*) command=${COMP_WORDS[i]} && break ;;
		esac
	done
	case $prev in
	-s | --socket) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
	esac
	case $cur in
	-*) mapfile -t COMPREPLY < <(compgen -W '--socket --json --watch --version --help' -- "$cur") && return ;;
	esac
	case $command in
	'') mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur") ;;
	ack | explain | history) ((COMP_CWORD == i + 1)) && _watchdogctl_offer "$(_watchdogctl_signals "$ctl" "$socket")" ;;
	silence)
		((COMP_CWORD == i + 1)) && _watchdogctl_offer "$(_watchdogctl_signals "$ctl" "$socket")"
		((COMP_CWORD == i + 2)) && mapfile -t COMPREPLY < <(compgen -W '30m 1h 2h 8h 1d' -- "$cur")
		;;
	unsilence) ((COMP_CWORD == i + 1)) && _watchdogctl_offer "$(_watchdogctl_silences "$ctl" "$socket")" ;;
	esac
	return 0
}

complete -F _watchdogctl watchdogctl
