#!/bin/sh
# drift_issue.sh STACK OUTCOME FILE: opens or updates one issue while a stack drifts, closes it afterwards. Needs gh.
set -eu
stack=$1 outcome=$2 file=$3
title="Stack $stack is no longer as the program left it"
number=$(gh issue list --state open --limit 1000 --json number,title \
    --jq ".[] | select(.title == \"$title\") | .number" | head -n 1)

if [ "$outcome" = success ]; then
    [ -z "$number" ] || gh issue close "$number" --comment "It is again: $RUN"
    exit
fi
body=$(
    if [ -s "$file" ]; then
        printf '%s\n\n' "What \`make up\` would do to bring it back; or change the program. Found by $RUN"
        cat "$file"
    else
        printf '%s\n' "It could not be looked at: $RUN"
    fi
)
if [ -n "$number" ]; then
    printf '%s\n' "$body" | gh issue edit "$number" --body-file -
else
    printf '%s\n' "$body" | gh issue create --title "$title" --body-file -
fi
