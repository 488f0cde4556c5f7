#!/usr/bin/env bash
# Secrets Manager as the AWS CLI uses it: `cli.sh CASE` does one case of test_clients.py at AWS_ENDPOINT_URL.
set -euo pipefail

sm() { aws --output text secretsmanager "$@"; }

same() {
    [[ "$1" == "$2" ]] || { echo "line ${BASH_LINENO[0]}: expected '$1' and not '$2'" >&2; exit 1; }
}

# Usage: fails CODE COMMAND...
fails() {
    local code="$1" message
    shift
    if message="$("$@" 2>&1 >/dev/null)"; then
        echo "line ${BASH_LINENO[0]}: expected $code" >&2
        exit 1
    fi
    [[ "$message" == *"($code)"* ]] || { echo "line ${BASH_LINENO[0]}: expected $code and not: $message" >&2; exit 1; }
}

values() {
    local arn
    arn="$(sm create-secret --name app/db --description database --secret-string '{"user":"é世"}' --query ARN)"
    same '{"user":"é世"}' "$(sm get-secret-value --secret-id "$arn" --query SecretString)"
    same '{"user":"é世"}' "$(sm get-secret-value --secret-id "${arn%-*}" --query SecretString)"
    same AWSCURRENT "$(sm get-secret-value --secret-id app/db --query VersionStages)"
    same database "$(sm describe-secret --secret-id app/db --query Description)"
    printf '\0\xff\n' >bytes
    sm create-secret --name app/key --secret-binary fileb://bytes >/dev/null
    sm get-secret-value --secret-id app/key --query SecretBinary | base64 -d | cmp - bytes
}

versions() {
    local first second third
    first="$(sm create-secret --name app/db --secret-string one --query VersionId)"
    second="$(sm put-secret-value --secret-id app/db --secret-string two --query VersionId)"
    third="$(sm put-secret-value --secret-id app/db --secret-string three --version-stages AWSPENDING --query VersionId)"
    same two "$(sm get-secret-value --secret-id app/db --query SecretString)"
    same one "$(sm get-secret-value --secret-id app/db --version-stage AWSPREVIOUS --query SecretString)"
    sm update-secret-version-stage --secret-id app/db --version-stage AWSCURRENT \
        --remove-from-version-id "$second" --move-to-version-id "$third" >/dev/null
    same three "$(sm get-secret-value --secret-id app/db --query SecretString)"
    same 2 "$(sm list-secret-version-ids --secret-id app/db --query 'length(Versions)')"
    same "$first" "$(sm list-secret-version-ids --secret-id app/db --include-deprecated --query 'Versions[?!VersionStages].VersionId')"
    same "$second" "$(sm list-secret-version-ids --secret-id app/db --query "Versions[?contains(VersionStages, 'AWSPREVIOUS')].VersionId")"
    sm update-secret --secret-id app/db --secret-string four >/dev/null
    same four "$(sm get-secret-value --secret-id app/db --query SecretString)"
}

pages() {
    local number token
    for number in 0 1 2 3 4; do
        sm create-secret --name "fleet/$number" --secret-string "$number" >/dev/null
    done
    sm create-secret --name other --secret-string x >/dev/null
    same 'fleet/0 fleet/1 fleet/2 fleet/3 fleet/4' "$(sm list-secrets --page-size 2 --filters Key=name,Values=fleet/ \
        --query 'SecretList[].[Name]' | sort | xargs)"
    same '0 1' "$(sm batch-get-secret-value --max-results 2 --filters Key=name,Values=fleet/ \
        --query 'SecretValues[].[SecretString]' | xargs)"
    token="$(sm batch-get-secret-value --max-results 2 --filters Key=name,Values=fleet/ --query NextToken)"
    same '2 3' "$(sm batch-get-secret-value --max-results 2 --filters Key=name,Values=fleet/ --next-token "$token" \
        --query 'SecretValues[].[SecretString]' | xargs)"
    same 'fleet/4 fleet/3' "$(sm list-secrets --max-items 2 --sort-by name --sort-order desc \
        --filters Key=name,Values=fleet/ --query 'SecretList[].[Name]' | grep fleet | xargs)"
}

batch() {
    sm create-secret --name a --secret-string 1 >/dev/null
    sm create-secret --name b --secret-string 2 >/dev/null
    sm create-secret --name c --secret-string 3 >/dev/null
    sm delete-secret --secret-id c --recovery-window-in-days 7 >/dev/null
    same '1 2' "$(sm batch-get-secret-value --secret-id-list a missing b c --query 'SecretValues[].[SecretString]' | xargs)"
    same 'c InvalidRequestException missing ResourceNotFoundException' \
        "$(sm batch-get-secret-value --secret-id-list a missing b c --query 'Errors[].[SecretId,ErrorCode]' | sort | xargs)"
}

tags() {
    sm create-secret --name app/db --secret-string x --tags Key=team,Value=db Key=stage,Value=prod >/dev/null
    sm tag-resource --secret-id app/db --tags Key=stage,Value=dev Key=cost,Value=7
    sm untag-resource --secret-id app/db --tag-keys team
    same 'stage dev cost 7' "$(sm describe-secret --secret-id app/db --query 'Tags[].[Key,Value]' | xargs)"
    same app/db "$(sm list-secrets --filters Key=tag-value,Values=dev --query 'SecretList[].Name')"
}

deletion() {
    sm create-secret --name app/db --secret-string x >/dev/null
    sm delete-secret --secret-id app/db --recovery-window-in-days 7 >/dev/null
    same 0 "$(sm list-secrets --query 'length(SecretList)')"
    same 1 "$(sm list-secrets --include-planned-deletion --query 'length(SecretList)')"
    fails InvalidRequestException sm get-secret-value --secret-id app/db
    sm restore-secret --secret-id app/db >/dev/null
    same x "$(sm get-secret-value --secret-id app/db --query SecretString)"
    sm delete-secret --secret-id app/db --force-delete-without-recovery >/dev/null
    fails ResourceNotFoundException sm describe-secret --secret-id app/db
}

rotation() {
    local token=11111111-2222-4333-8444-555555555555 function=arn:aws:lambda:us-east-1:123456789012:function:rotate
    sm create-secret --name app/db --secret-string old >/dev/null
    fails InvalidRequestException sm rotate-secret --secret-id app/db
    same "$token" "$(sm rotate-secret --secret-id app/db --client-request-token "$token" --rotation-lambda-arn "$function" \
        --rotation-rules AutomaticallyAfterDays=30 --query VersionId)"
    same "True $function 30" "$(sm describe-secret --secret-id app/db \
        --query '[RotationEnabled,RotationLambdaARN,RotationRules.AutomaticallyAfterDays]' | xargs)"
    sm cancel-rotate-secret --secret-id app/db >/dev/null
    same False "$(sm describe-secret --secret-id app/db --query RotationEnabled)"
}

replicas() {
    sm create-secret --name app/db --secret-string x >/dev/null
    sm replicate-secret-to-regions --secret-id app/db --add-replica-regions Region=us-east-2 >/dev/null
    same 'us-east-2 InSync' "$(sm describe-secret --secret-id app/db --query 'ReplicationStatus[].[Region,Status]' | xargs)"
    same x "$(sm get-secret-value --region us-east-2 --secret-id app/db --query SecretString)"
    fails InvalidParameterException sm put-secret-value --region us-east-2 --secret-id app/db --secret-string y
    sm stop-replication-to-replica --region us-east-2 --secret-id app/db >/dev/null
    sm put-secret-value --region us-east-2 --secret-id app/db --secret-string y >/dev/null
    same x "$(sm get-secret-value --secret-id app/db --query SecretString)"
}

policies() {
    local policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}'
    sm create-secret --name app/db --secret-string x >/dev/null
    same True "$(sm validate-resource-policy --resource-policy "$policy" --query PolicyValidationPassed)"
    sm put-resource-policy --secret-id app/db --resource-policy "$policy" --block-public-policy >/dev/null
    [[ "$(sm get-resource-policy --secret-id app/db --query ResourcePolicy)" == *GetSecretValue* ]]
    sm delete-resource-policy --secret-id app/db >/dev/null
    same None "$(sm get-resource-policy --secret-id app/db --query ResourcePolicy)"
    fails MalformedPolicyDocumentException sm put-resource-policy --secret-id app/db --resource-policy 'no JSON'
}

passwords() {
    local password
    password="$(sm get-random-password --query RandomPassword)"
    same 32 "${#password}"
    password="$(sm get-random-password --password-length 50 --exclude-lowercase --exclude-uppercase --exclude-punctuation --query RandomPassword)"
    [[ "$password" =~ ^[0-9]{50}$ ]]
    fails InvalidParameterException sm get-random-password --password-length 3
}

errors() {
    fails ResourceNotFoundException sm get-secret-value --secret-id missing
    sm create-secret --name app/db --secret-string x >/dev/null
    fails ResourceExistsException sm create-secret --name app/db --secret-string x
    fails InvalidRequestException sm put-secret-value --secret-id app/db
    fails InvalidParameterException sm delete-secret --secret-id app/db --recovery-window-in-days 6
    fails InvalidNextTokenException sm list-secrets --no-paginate --next-token 'none of yours'
    fails ValidationException sm describe-secret --secret-id 'app db'
}

"$1"
