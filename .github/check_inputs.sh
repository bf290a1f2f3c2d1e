#!/bin/sh
# check_inputs.sh: refuses a $STACK or $ALLOW of the wrong shape. It is the first step of every job that is given a stack's
# name, because make expands what stands in a variable and a shell runs it. Prints no character of them that could be a command.
set -eu
LC_ALL=C
export LC_ALL
shown() { printf '%s' "$1" | tr -c 'A-Za-z0-9_.-' '?' | cut -c 1-100; }
refuse() {
    echo "error: $1" >&2
    exit 1
}

stack=${STACK-}
case $stack in
    '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*)
        refuse "STACK is '$(shown "$stack")': expected a stack's name, letters, digits, '_', '.' and '-' only" ;;
    local | local-*)
        refuse "STACK is '$stack': stacks of that name live on one machine; name one that is deployed to AWS" ;;
esac
[ "${#stack}" -le 100 ] || refuse "STACK has ${#stack} characters: Pulumi allows 100"
[ -f "$(dirname "$0")/../Pulumi.$stack.yaml" ] || refuse "STACK is '$stack': there is no Pulumi.$stack.yaml in this commit"
case ${ALLOW-} in
    *[!A-Za-z0-9_.:/\$\ -]*)
        refuse "ALLOW is '$(shown "$ALLOW")': expected names or URNs as the guard prints them, with a space between two" ;;
esac
