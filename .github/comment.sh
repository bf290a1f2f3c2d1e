#!/bin/sh
# comment.sh NUMBER FOLDER STACKS: the one comment of a pull request, written when it would say something new. Needs gh.
# FOLDER holds comment-STACK/comment.md for each stack of STACKS (a list in JSON). A stack whose review died has none: its
# section then says so, and with it the comment replaces an older one that said "may be deployed". Reads $COMMIT and $RUN.
set -eu
number=$1 folder=$2
stacks=$(printf '%s' "$3" | tr -d '[]"\n' | tr ',' ' ')
marker='<!-- milvus-on-aws preview -->'

section() {
    file=$folder/comment-$1/comment.md
    if grep -q "^### Stack \`$1\`: " "$file" 2>/dev/null; then
        cat "$file"
    else
        printf '<!-- milvus-on-aws review of %s -->\n### Stack `%s`: no valid review\n\n' "$1" "$1"
        printf 'The review of commit %s ended without a result (%s). ' "$COMMIT" "$RUN"
        printf 'What an earlier review said of this stack no longer counts: run it again.\n'
    fi
}

body=$(
    printf '%s\n' "$marker"
    for stack in $stacks; do section "$stack"; done
)
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
