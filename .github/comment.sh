#!/bin/sh
# comment.sh NUMBER FILE...: one comment of a pull request, written when it would say something new. Needs gh.
set -eu
number=$1
shift
marker='<!-- milvus-on-aws preview -->'
body=$(printf '%s\n' "$marker" && cat "$@")
comments=repos/$GH_REPO/issues/$number/comments
ours=".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\")))"
earlier=$(gh api --paginate "$comments" --jq "$ours | .id" | head -n 1)

if [ -n "$earlier" ]; then
    known=$(gh api "repos/$GH_REPO/issues/comments/$earlier" --jq .body | tr -d '\r')
    if [ "$known" = "$body" ]; then
        echo "the comment says it already"
    else
        printf '%s\n' "$body" | gh api --method PATCH "repos/$GH_REPO/issues/comments/$earlier" --silent --field body=@-
    fi
elif printf '%s\n' "$body" | grep '^### ' | grep -qv ': no change$'; then
    printf '%s\n' "$body" | gh api --method POST "$comments" --silent --field body=@-
else
    echo "no stack changes: nothing to say"
fi
