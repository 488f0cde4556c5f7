"""The fake against moto: the same calls of boto3 to both, whose answers and errors must be the same.

Run by .ci/run with FAKE naming secretfetch-fake; any Python with .ci/requirements.txt will do:

    FAKE=target/debug/secretfetch-fake python -m unittest -v .ci/moto/parity.py

moto is not AWS. Where it is known to answer otherwise, WHERE_MOTO_IS_WRONG says what AWS does and who saw it; the fake
must do that. Nothing else may differ, and an entry under which nothing differs any more has to go.
"""

import datetime
import fnmatch
import json
import logging
import os
import pathlib
import re
import subprocess
import unittest

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

FAKE = str(pathlib.Path(os.environ["FAKE"]).resolve(strict=True))
REGION = "ca-central-1"
OTHER_REGION = "us-east-2"
TIMEOUT_SECONDS = 30

ABSENT = "absent"
ANYTHING = object()

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "secretsmanager:GetSecretValue",
                "Resource": "*",
            }
        ],
    }
)


def version(number):
    """A ClientRequestToken, which is the version's id on both sides."""
    return f"00000000-0000-4000-8000-{number:012}"


class Last:
    """A member of the last answer of its own side, such as NextToken, which another side would not understand."""

    def __init__(self, member):
        self.member = member


PARAMETER_STORE = (
    "GetParameter",
    "GetParameters",
    "GetParametersByPath",
    "GetParameterHistory",
    "PutParameter",
    "LabelParameterVersion",
    "DeleteParameter",
    "DeleteParameters",
)


def call(operation, special, region=REGION, **arguments):
    return operation, special, ("ssm" if operation in PARAMETER_STORE else "secretsmanager", region), arguments


def s3(operation, special, region=REGION, **arguments):
    return operation, special, ("s3", region), arguments


BUCKET = "acme-config"
HERE = {"LocationConstraint": REGION}
KMS_ETAG = '"de87558cc56b32598b3ff342b07158be"'  # the fake's own; what S3 makes it of is not told
KMS_KEY = f"arn:aws:kms:{REGION}:123456789012:key/1234abcd"
ODD_KEYS = ["/first", "a//b", "a/./b/../c", "a b+c%2F", "é世", "<&>'\""]


# What is called, in this order, on both sides.
CALLS = [
    call("ListSecrets", "nothing there"),
    call("CreateSecret", "a string", Name="app/db", SecretString="one", ClientRequestToken=version(1)),
    call("CreateSecret", "the same again", Name="app/db", SecretString="one", ClientRequestToken=version(1)),
    call("CreateSecret", "the same token, another value", Name="app/db", SecretString="two", ClientRequestToken=version(1)),
    call("CreateSecret", "a name in use", Name="app/db", SecretString="one", ClientRequestToken=version(9)),
    call("CreateSecret", "bytes", Name="app/key", SecretBinary=b"\x00\xff", ClientRequestToken=version(1)),
    call("CreateSecret", "no value", Name="app/empty", ClientRequestToken=version(1)),
    call(
        "CreateSecret",
        "description, key and tags",
        Name="web/tls",
        SecretString="pem",
        Description="certificate of the site",
        KmsKeyId="alias/web",
        Tags=[{"Key": "team", "Value": "web"}, {"Key": "stage", "Value": "prod"}],
        ClientRequestToken=version(1),
    ),
    call(
        "CreateSecret",
        "a replica in its own region",
        Name="own",
        SecretString="x",
        AddReplicaRegions=[{"Region": REGION}],
        ClientRequestToken=version(1),
    ),
    call("DescribeSecret", "never read", SecretId="app/db"),
    call("GetSecretValue", "by name", SecretId="app/db"),
    call("GetSecretValue", "by partial ARN", SecretId=f"arn:aws:secretsmanager:{REGION}:123456789012:secret:app/db"),
    call("GetSecretValue", "bytes", SecretId="app/key"),
    call("GetSecretValue", "no value", SecretId="app/empty"),
    call("GetSecretValue", "an unknown secret", SecretId="app/missing"),
    call("GetSecretValue", "an unknown version", SecretId="app/db", VersionId=version(404)),
    call("GetSecretValue", "an unknown stage", SecretId="app/db", VersionStage="NOWHERE"),
    call("GetSecretValue", "a version and another's stage", SecretId="app/db", VersionId=version(1), VersionStage="AWSPENDING"),
    call("DescribeSecret", "all members", SecretId="web/tls"),
    call("DescribeSecret", "no value", SecretId="app/empty"),
    call("DescribeSecret", "an unknown secret", SecretId="app/missing"),
    # Versions and their stages.
    call("PutSecretValue", "the next version", SecretId="app/db", SecretString="two", ClientRequestToken=version(2)),
    call("PutSecretValue", "the same again", SecretId="app/db", SecretString="two", ClientRequestToken=version(2)),
    call(
        "PutSecretValue", "the same token, another value", SecretId="app/db", SecretString="three", ClientRequestToken=version(2)
    ),
    call(
        "PutSecretValue",
        "pending",
        SecretId="app/db",
        SecretString="three",
        VersionStages=["AWSPENDING"],
        ClientRequestToken=version(3),
    ),
    call(
        "PutSecretValue",
        "stages out of order",
        SecretId="app/key",
        SecretString="x",
        VersionStages=["B", "A"],
        ClientRequestToken=version(2),
    ),
    call("PutSecretValue", "no value", SecretId="app/db", ClientRequestToken=version(8)),
    call("PutSecretValue", "an unknown secret", SecretId="app/missing", SecretString="x", ClientRequestToken=version(8)),
    call("GetSecretValue", "the previous version", SecretId="app/db", VersionStage="AWSPREVIOUS"),
    call("GetSecretValue", "the pending version", SecretId="app/db", VersionStage="AWSPENDING"),
    call("ListSecretVersionIds", "three versions", SecretId="app/db"),
    call("ListSecretVersionIds", "an unknown secret", SecretId="app/missing"),
    # moto goes on from here with the wrong current version, so this secret does not stay.
    call("CreateSecret", "to move stages", Name="moved", SecretString="one", ClientRequestToken=version(1)),
    call("PutSecretValue", "to move stages", SecretId="moved", SecretString="two", ClientRequestToken=version(2)),
    call(
        "PutSecretValue",
        "a pending one to move stages",
        SecretId="moved",
        SecretString="three",
        VersionStages=["AWSPENDING"],
        ClientRequestToken=version(3),
    ),
    call(
        "UpdateSecretVersionStage",
        "without the version that has the stage",
        SecretId="moved",
        VersionStage="AWSCURRENT",
        MoveToVersionId=version(3),
    ),
    call(
        "UpdateSecretVersionStage",
        "from a version without the stage",
        SecretId="moved",
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=version(1),
        MoveToVersionId=version(3),
    ),
    call(
        "UpdateSecretVersionStage",
        "from an unknown version",
        SecretId="moved",
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=version(404),
        MoveToVersionId=version(3),
    ),
    call(
        "UpdateSecretVersionStage", "of an unknown secret", SecretId="app/missing", VersionStage="A", MoveToVersionId=version(3)
    ),
    call(
        "UpdateSecretVersionStage",
        "pending becomes current",
        SecretId="moved",
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=version(2),
        MoveToVersionId=version(3),
    ),
    call("DescribeSecret", "after the stage has moved", SecretId="moved"),
    call(
        "UpdateSecretVersionStage",
        "a stage is taken away",
        SecretId="moved",
        VersionStage="AWSPENDING",
        RemoveFromVersionId=version(3),
    ),
    call("GetSecretValue", "the version that became current", SecretId="moved"),
    call("RotateSecret", "no function", SecretId="moved", ClientRequestToken=version(21)),
    call("DeleteSecret", "to move stages", SecretId="moved", ForceDeleteWithoutRecovery=True),
    call("UpdateSecret", "a value", SecretId="app/db", SecretString="four", ClientRequestToken=version(4)),
    call("UpdateSecret", "the same token, another value", SecretId="app/db", SecretString="five", ClientRequestToken=version(4)),
    call("UpdateSecret", "a description only", SecretId="app/db", Description="database", ClientRequestToken=version(5)),
    call("UpdateSecret", "nothing", SecretId="app/db", ClientRequestToken=version(6)),
    call("UpdateSecret", "an unknown secret", SecretId="app/missing", Description="x", ClientRequestToken=version(7)),
    call("DescribeSecret", "after updates", SecretId="app/db"),
    # Tags.
    call(
        "TagResource",
        "new ones and one that is there",
        SecretId="web/tls",
        Tags=[{"Key": "stage", "Value": "dev"}, {"Key": "cost", "Value": "7"}],
    ),
    call("TagResource", "an unknown secret", SecretId="app/missing", Tags=[{"Key": "a", "Value": "b"}]),
    call("DescribeSecret", "its tags", SecretId="web/tls"),
    call("UntagResource", "one that is there and one that is not", SecretId="web/tls", TagKeys=["team", "none"]),
    call("UntagResource", "an unknown secret", SecretId="app/missing", TagKeys=["a"]),
    call("UntagResource", "the rest", SecretId="web/tls", TagKeys=["stage", "cost"]),
    call("DescribeSecret", "no tag left", SecretId="web/tls"),
    call("TagResource", "again", SecretId="web/tls", Tags=[{"Key": "team", "Value": "web"}]),
    # Lists.
    call("ListSecrets", "all", SortOrder="asc"),
    call("ListSecrets", "a page", MaxResults=3, SortOrder="asc"),
    call("ListSecrets", "the next page", MaxResults=3, SortOrder="asc", NextToken=Last("NextToken")),
    call("ListSecrets", "by name", Filters=[{"Key": "name", "Values": ["app/d"]}]),
    call("ListSecrets", "by the start of a name only", Filters=[{"Key": "name", "Values": ["tls"]}]),
    call("ListSecrets", "by names in upper case", Filters=[{"Key": "name", "Values": ["APP"]}]),
    call("ListSecrets", "by a tag's key", Filters=[{"Key": "tag-key", "Values": ["team"]}]),
    call("ListSecrets", "by a tag's value", Filters=[{"Key": "tag-value", "Values": ["web"]}]),
    call("ListSecrets", "by words of a description", Filters=[{"Key": "description", "Values": ["cert site"]}]),
    call("ListSecrets", "by anything", Filters=[{"Key": "all", "Values": ["cert"]}]),
    call("ListSecrets", "two filters", Filters=[{"Key": "tag-key", "Values": ["team"]}, {"Key": "name", "Values": ["app"]}]),
    call("ListSecrets", "not a name", Filters=[{"Key": "name", "Values": ["!app"]}]),
    call("ListSecrets", "a filter without key", Filters=[{"Values": ["x"]}]),
    call("ListSecrets", "a filter without values", Filters=[{"Key": "name"}]),
    call("BatchGetSecretValue", "by ids", SecretIdList=["app/db", "app/key"]),
    call("BatchGetSecretValue", "one unknown", SecretIdList=["app/db", "app/missing"]),
    call("BatchGetSecretValue", "by filter", Filters=[{"Key": "name", "Values": ["app/d", "app/k"]}]),
    call("BatchGetSecretValue", "ids and a filter", SecretIdList=["app/db"], Filters=[{"Key": "name", "Values": ["app"]}]),
    call("BatchGetSecretValue", "ids and a number of results", SecretIdList=["app/db"], MaxResults=2),
    # Policies.
    call("GetResourcePolicy", "none", SecretId="app/db"),
    call("PutResourcePolicy", "a policy", SecretId="app/db", ResourcePolicy=POLICY),
    call("PutResourcePolicy", "no JSON", SecretId="app/key", ResourcePolicy="some policy"),
    call("PutResourcePolicy", "an unknown secret", SecretId="app/missing", ResourcePolicy=POLICY),
    call("GetResourcePolicy", "a policy", SecretId="app/db"),
    call("GetResourcePolicy", "an unknown secret", SecretId="app/missing"),
    call("ValidateResourcePolicy", "a good one", SecretId="app/db", ResourcePolicy=POLICY),
    call("DeleteResourcePolicy", "a policy", SecretId="app/db"),
    call("DeleteResourcePolicy", "an unknown secret", SecretId="app/missing"),
    call("GetResourcePolicy", "none left", SecretId="app/db"),
    # Passwords.
    call("GetRandomPassword", "as it comes"),
    call(
        "GetRandomPassword",
        "long, digits only",
        PasswordLength=100,
        ExcludeLowercase=True,
        ExcludeUppercase=True,
        ExcludePunctuation=True,
    ),
    call("GetRandomPassword", "no digits, some letters", PasswordLength=200, ExcludeNumbers=True, ExcludeCharacters="abcABC"),
    call("GetRandomPassword", "as short as can be", PasswordLength=4),
    call("GetRandomPassword", "too short", PasswordLength=3),
    call("GetRandomPassword", "too long", PasswordLength=4097),
    # Rotation. moto would need Docker for a function that it can call.
    call("RotateSecret", "an unknown secret", SecretId="app/missing", ClientRequestToken=version(20)),
    call("CancelRotateSecret", "never rotated", SecretId="app/db"),
    call("CancelRotateSecret", "an unknown secret", SecretId="app/missing"),
    # Replicas.
    call("ReplicateSecretToRegions", "another region", SecretId="app/key", AddReplicaRegions=[{"Region": OTHER_REGION}]),
    call("ReplicateSecretToRegions", "its own region", SecretId="app/key", AddReplicaRegions=[{"Region": REGION}]),
    call("ReplicateSecretToRegions", "an unknown secret", SecretId="app/missing", AddReplicaRegions=[{"Region": OTHER_REGION}]),
    call("DescribeSecret", "with a replica", SecretId="app/key"),
    call("DescribeSecret", "a replica", SecretId="app/key", region=OTHER_REGION),
    call("GetSecretValue", "a replica", SecretId="app/key", region=OTHER_REGION),
    call(
        "PutSecretValue", "a replica", SecretId="app/key", SecretString="x", ClientRequestToken=version(30), region=OTHER_REGION
    ),
    call("UpdateSecret", "a replica", SecretId="app/key", Description="x", ClientRequestToken=version(30), region=OTHER_REGION),
    call("DeleteSecret", "with a replica", SecretId="app/key"),
    call("RemoveRegionsFromReplication", "the other region", SecretId="app/key", RemoveReplicaRegions=[OTHER_REGION]),
    call("RemoveRegionsFromReplication", "again", SecretId="app/key", RemoveReplicaRegions=[OTHER_REGION]),
    call("RemoveRegionsFromReplication", "an unknown secret", SecretId="app/missing", RemoveReplicaRegions=[OTHER_REGION]),
    call("GetSecretValue", "a replica that is no more", SecretId="app/key", region=OTHER_REGION),
    call("StopReplicationToReplica", "an unknown secret", SecretId="app/missing", region=OTHER_REGION),
    # Deletion.
    call("DeleteSecret", "an unknown secret", SecretId="app/missing"),
    call("DeleteSecret", "an unknown secret, by force", SecretId="app/missing", ForceDeleteWithoutRecovery=True),
    call("DeleteSecret", "too short a window", SecretId="app/db", RecoveryWindowInDays=6),
    call("DeleteSecret", "a window and force", SecretId="app/db", RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True),
    call("DeleteSecret", "in a week", SecretId="app/db", RecoveryWindowInDays=7),
    call("DescribeSecret", "marked for deletion", SecretId="app/db"),
    call("ListSecrets", "without the one marked for deletion", Filters=[{"Key": "name", "Values": ["app/d"]}]),
    call(
        "ListSecrets",
        "with the one marked for deletion",
        Filters=[{"Key": "name", "Values": ["app/d"]}],
        IncludePlannedDeletion=True,
    ),
    call("GetSecretValue", "marked for deletion", SecretId="app/db"),
    call("BatchGetSecretValue", "one marked for deletion", SecretIdList=["app/db"]),
    call("UpdateSecret", "marked for deletion", SecretId="app/db", Description="x", ClientRequestToken=version(40)),
    call("CreateSecret", "a name marked for deletion", Name="app/db", SecretString="x", ClientRequestToken=version(41)),
    call("RotateSecret", "marked for deletion", SecretId="app/db", ClientRequestToken=version(42)),
    call("RestoreSecret", "marked for deletion", SecretId="app/db"),
    call("RestoreSecret", "not marked for deletion", SecretId="app/db"),
    call("RestoreSecret", "an unknown secret", SecretId="app/missing"),
    call("DescribeSecret", "restored", SecretId="app/db"),
    call("DeleteSecret", "by force", SecretId="app/db", ForceDeleteWithoutRecovery=True),
    call("GetSecretValue", "deleted by force", SecretId="app/db"),
    call("CreateSecret", "a name that is free again", Name="app/db", SecretString="new", ClientRequestToken=version(50)),
    # S3.
    s3("CreateBucket", "here", Bucket=BUCKET, CreateBucketConfiguration=HERE),
    s3("CreateBucket", "once more", Bucket=BUCKET, CreateBucketConfiguration=HERE),
    s3("CreateBucket", "without a place", Bucket="acme-nowhere"),
    s3("CreateBucket", "a bad name", Bucket="Acme_Config", CreateBucketConfiguration=HERE),
    s3("CreateBucket", "elsewhere", OTHER_REGION, Bucket="acme-far", CreateBucketConfiguration={"LocationConstraint": OTHER_REGION}),
    s3("GetBucketLocation", "here", Bucket=BUCKET),
    s3("GetBucketLocation", "elsewhere", OTHER_REGION, Bucket="acme-far"),
    s3("GetBucketLocation", "nothing there", Bucket="acme-missing"),
    s3("HeadBucket", "there", Bucket=BUCKET),
    s3("HeadBucket", "nothing there", Bucket="acme-missing"),
    s3("ListObjectsV2", "nothing in it", Bucket=BUCKET),
    s3("ListObjectsV2", "no such bucket", Bucket="acme-missing"),
    s3("PutObject", "no versions kept", Bucket=BUCKET, Key="app/old", Body=b"first"),
    s3("GetObject", "no versions kept", Bucket=BUCKET, Key="app/old"),
    s3("PutBucketVersioning", "on", Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}),
    s3("PutBucketVersioning", "no such bucket", Bucket="acme-missing", VersioningConfiguration={"Status": "Enabled"}),
    s3("PutObject", "bytes", Bucket=BUCKET, Key="app/key", Body=bytes(range(256))),
    s3("GetObject", "bytes", Bucket=BUCKET, Key="app/key"),
    s3("HeadObject", "bytes", Bucket=BUCKET, Key="app/key"),
    s3("PutObject", "the next version", Bucket=BUCKET, Key="app/key", Body=b"", ContentType="text/plain"),
    s3("GetObject", "nothing in it", Bucket=BUCKET, Key="app/key"),
    s3("GetObject", "the version that was put last", Bucket=BUCKET, Key="app/key", VersionId=Last("VersionId")),
    s3("GetObject", "the version from before", Bucket=BUCKET, Key="app/old", VersionId="null"),
    s3("GetObject", "an unknown key", Bucket=BUCKET, Key="app/missing"),
    s3("HeadObject", "an unknown key", Bucket=BUCKET, Key="app/missing"),
    s3("GetObject", "no such bucket", Bucket="acme-missing", Key="a"),
    s3("GetObject", "an unknown version", Bucket=BUCKET, Key="app/key", VersionId="A" * 32),
    s3("GetObject", "no version's id", Bucket=BUCKET, Key="app/key", VersionId="1"),
    s3("GetObject", "of its owner", Bucket=BUCKET, Key="app/old", ExpectedBucketOwner="123456789012"),
    s3("GetObject", "of another owner", Bucket=BUCKET, Key="app/old", ExpectedBucketOwner="999999999999"),
    s3("PutObject", "with a key", Bucket=BUCKET, Key="app/kms", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=KMS_KEY),
    s3("GetObject", "with a key", Bucket=BUCKET, Key="app/kms"),
    s3("DeleteObject", "a marker", Bucket=BUCKET, Key="app/old"),
    s3("GetObject", "under a marker", Bucket=BUCKET, Key="app/old"),
    s3("DeleteObject", "nothing there", Bucket=BUCKET, Key="app/missing"),
    *[s3("PutObject", f"the key {key!r}", Bucket=BUCKET, Key=key, Body=key.encode()) for key in ODD_KEYS],
    *[s3("GetObject", f"the key {key!r}", Bucket=BUCKET, Key=key) for key in ODD_KEYS],
    s3("ListObjectsV2", "all", Bucket=BUCKET),
    s3("ListObjectsV2", "a prefix", Bucket=BUCKET, Prefix="app/"),
    s3("ListObjectsV2", "folded", Bucket=BUCKET, Delimiter="/"),
    s3("ListObjectsV2", "after a key", Bucket=BUCKET, StartAfter="app/key"),
    s3("ListObjectsV2", "a page", Bucket=BUCKET, MaxKeys=2),
    s3("ListObjectsV2", "the next page", Bucket=BUCKET, MaxKeys=2, ContinuationToken=Last("NextContinuationToken")),
    # Last, because moto keeps it.
    call("CreateSecret", "a bad name", Name="app db", SecretString="x", ClientRequestToken=version(1)),
    # Parameter Store. moto lists parameters as they were created, AWS by name: here it is the same.
    call("PutParameter", "encrypted", Name="/team/app/db/password", Value="pw", Type="SecureString"),
    call("PutParameter", "a list", Name="/team/app/hosts", Value="a,b", Type="StringList"),
    call("PutParameter", "a string", Name="/team/app/port", Value="1", Type="String"),
    call("PutParameter", "a name in use", Name="/team/app/port", Value="2", Type="String"),
    call("PutParameter", "the next version", Name="/team/app/port", Value="2", Type="String", Overwrite=True),
    call("PutParameter", "the next version, without a type", Name="/team/app/port", Value="3", Overwrite=True),
    call("PutParameter", "with a key and a description", Name="/team/key", Value="k", Type="SecureString", KeyId="alias/k", Description="d"),
    call("PutParameter", "no hierarchy", Name="flat", Value="f", Type="String"),
    call("PutParameter", "a neighbour", Name="/team/app2", Value="n", Type="String"),
    call("PutParameter", "advanced", Name="/team/large", Value="x" * 4097, Type="String", Tier="Advanced"),
    call("PutParameter", "no type", Name="/team/typeless", Value="x"),
    call("PutParameter", "an unknown type", Name="/team/typed", Value="x", Type="Text"),
    call("PutParameter", "no value", Name="/team/empty", Value="", Type="String"),
    call("PutParameter", "a name that begins with aws", Name="awsx", Value="x", Type="String"),
    call("PutParameter", "a name that begins with ssm", Name="/ssm/x", Value="x", Type="String"),
    call("PutParameter", "a name of AWS's own", Name="/aws/x", Value="x", Type="String"),
    call("PutParameter", "an unknown data type", Name="/team/typed", Value="x", Type="String", DataType="number"),
    call("GetParameter", "by name", Name="/team/app/port"),
    call("GetParameter", "by ARN", Name=f"arn:aws:ssm:{REGION}:123456789012:parameter/team/app/port"),
    call("GetParameter", "by number", Name="/team/app/port:1"),
    call("GetParameter", "a list", Name="/team/app/hosts"),
    call("GetParameter", "encrypted", Name="/team/app/db/password"),
    call("GetParameter", "decrypted", Name="/team/app/db/password", WithDecryption=True),
    call("GetParameter", "no hierarchy, with a slash", Name="/flat"),
    call("GetParameter", "an unknown parameter", Name="/team/missing"),
    call("GetParameter", "an unknown number", Name="/team/app/port:9"),
    call("GetParameter", "another region", Name="/team/app/port", region=OTHER_REGION),
    call("LabelParameterVersion", "the first version", Name="/team/app/port", ParameterVersion=1, Labels=["stable", "old"]),
    call("LabelParameterVersion", "moved to the newest", Name="/team/app/port", Labels=["stable"]),
    call("LabelParameterVersion", "bad ones", Name="/team/app/port", ParameterVersion=1, Labels=["1st", "awsx", "ssmx", "a b", "good"]),
    call("LabelParameterVersion", "an unknown version", Name="/team/app/port", ParameterVersion=9, Labels=["x"]),
    # moto has a parameter without versions from here on, so this name is asked for nowhere else.
    call("LabelParameterVersion", "an unknown parameter", Name="/team/unlabelled", ParameterVersion=1, Labels=["x"]),
    call("GetParameter", "by label", Name="/team/app/port:stable"),
    call("GetParameter", "by an unknown label", Name="/team/app/port:nowhere"),
    call("GetParameters", "several, one by number", Names=["/team/app/port:1", "/team/app/hosts"]),
    call("GetParameters", "some unknown", Names=["/team/missing", "/team/app/hosts"]),
    call("GetParameters", "an unknown number", Names=["/team/app/port:9"]),
    call("GetParameters", "decrypted", Names=["/team/app/db/password", "/team/key"], WithDecryption=True),
    call("GetParameters", "too many", Names=[f"/n{number}" for number in range(11)]),
    call("GetParametersByPath", "one level", Path="/team/app"),
    call("GetParametersByPath", "one level, with a slash", Path="/team/app/"),
    call("GetParametersByPath", "all levels", Path="/team/app", Recursive=True, WithDecryption=True),
    call("GetParametersByPath", "a page", Path="/team/app", Recursive=True, MaxResults=1, WithDecryption=True),
    call(
        "GetParametersByPath",
        "the next page",
        Path="/team/app",
        Recursive=True,
        MaxResults=1,
        WithDecryption=True,
        NextToken=Last("NextToken"),
    ),
    call("GetParametersByPath", "nothing there", Path="/none"),
    call("GetParametersByPath", "no path", Path="team"),
    call("GetParametersByPath", "too large a page", Path="/team", MaxResults=11),
    call("GetParameterHistory", "three versions", Name="/team/app/port"),
    call("GetParameterHistory", "with a key", Name="/team/key", WithDecryption=True),
    call("GetParameterHistory", "an unknown parameter", Name="/team/missing"),
    call("DeleteParameter", "a parameter", Name="flat"),
    call("DeleteParameter", "an unknown parameter", Name="flat"),
    call("DeleteParameters", "one unknown", Names=["/team/key", "/team/missing"]),
    call("GetParameter", "deleted", Name="/team/key"),
]

RECORDED = "LocalStack's recording of AWS, test_secretsmanager.snapshot.json: "
REFERENCE = "the API reference of "
MARKED = "You can't perform this operation on the secret because it was marked for deletion."

# (the call and the members that differ, as patterns, with what AWS answers; who says so)
WHERE_MOTO_IS_WRONG = [
    ("*", {"HTTPStatusCode": 400}, RECORDED + "every error has the status 400, ResourceNotFoundException too"),
    ("*", {"*LastAccessedDate": "a date"}, RECORDED + "a secret that was read tells when, test_last_accessed_date"),
    (
        "CreateSecret: a bad name",
        {
            "Code": "ValidationException",
            "Message": "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
            "ARN": ABSENT,
            "Name": ABSENT,
            "VersionId": ABSENT,
        },
        RECORDED + "test_invalid_secret_name",
    ),
    (
        "CreateSecret: a name marked for deletion",
        {
            "Code": "InvalidRequestException",
            "Message": "You can't create this secret because a secret with this name is already scheduled for deletion.",
        },
        RECORDED + "test_exp_raised_on_creation_of_secret_scheduled_for_deletion",
    ),
    (
        "GetSecretValue: an unknown stage",
        {"Message": "Secrets Manager can't find the specified secret value for staging label: NOWHERE"},
        RECORDED + "test_secret_version_not_found",
    ),
    (
        "GetSecretValue: the version that became current",
        {"SecretString": "three", "VersionId": version(3), "VersionStages": ["AWSCURRENT"]},
        RECORDED + "test_update_secret_version_stages_current_pending_cycle",
    ),
    (
        "* marked for deletion",
        {"Message": MARKED, "Errors[0].Message": MARKED},
        "AWS's answers in external-secrets/kubernetes-external-secrets#114 and hashicorp/terraform-provider-aws#23998",
    ),
    (
        "PutSecretValue: stages out of order",
        {"VersionStages": ["A", "B"]},
        RECORDED + "stages come sorted, test_put_secret_value_with_version_stages",
    ),
    ("*", {"*ToStages." + version(2): ["A", "B"]}, RECORDED + "stages come sorted"),
    (
        "DescribeSecret: after the stage has moved",
        {"*ToStages." + version(3): ["AWSCURRENT", "AWSPENDING"]},
        RECORDED + "stages come sorted",
    ),
    (
        "*",
        {"*ToStages." + version(1): ABSENT},
        RECORDED + "a version without a stage is not told of, test_deprecated_secret_version_stage",
    ),
    (
        "ListSecretVersionIds: three versions",
        {
            "ARN": f"arn:aws:secretsmanager:{REGION}:secret:app/db",
            "NextToken": ABSENT,
            "Versions[*].KmsKeyIds": ["DefaultEncryptionKey"],
            "Versions[*].LastAccessedDate": ABSENT,
        },
        RECORDED + "test_update_secret_version_stages_current_pending_cycle",
    ),
    (
        "ListSecretVersionIds: an unknown secret",
        {"Code": "ResourceNotFoundException", "Message": "Secrets Manager can't find the specified secret."},
        RECORDED + "test_secret_not_found; moto has an error of its own there",
    ),
    (
        "PutResourcePolicy: no JSON",
        {
            "Code": "MalformedPolicyDocumentException",
            "Message": "This resource policy contains invalid Json.",
            "ARN": ABSENT,
            "Name": ABSENT,
        },
        REFERENCE + "PutResourcePolicy: MalformedPolicyDocumentException",
    ),
    (
        "ValidateResourcePolicy: a good one",
        {"Code": ABSENT, "Message": ABSENT, "HTTPStatusCode": 200, "PolicyValidationPassed": True, "ValidationErrors": []},
        REFERENCE + "ValidateResourcePolicy, which moto has not",
    ),
    (
        "GetRandomPassword: too short",
        {"Message": "Password length is too short based on the required types."},
        "moto's own text, which quotes what the AWS CLI printed",
    ),
    (
        "GetRandomPassword: too long",
        {
            "Code": "ValidationException",
            "Message": "1 validation error detected: Value '4097' at 'passwordLength' failed to satisfy constraint: "
            "Member must have value less than or equal to 4096",
        },
        "moto's own text, which quotes what the AWS CLI printed",
    ),
    (
        "RotateSecret: no function",
        {
            "Code": "InvalidRequestException",
            "Message": "No Lambda rotation function ARN is associated with this secret.",
            "ARN": ABSENT,
            "Name": ABSENT,
            "VersionId": ABSENT,
        },
        "AWS's answer in getmoto/moto#3912, where moto chose to be lenient",
    ),
    (
        "CancelRotateSecret: never rotated",
        {"Message": ANYTHING},
        REFERENCE + "CancelRotateSecret: InvalidRequestException; moto gives a sentence on RotateSecret, with a blank missing",
    ),
    (
        "ReplicateSecretToRegions: another region",
        {"ARN": f"arn:aws:secretsmanager:{REGION}:secret:app/key"},
        REFERENCE + "ReplicateSecretToRegions: the ARN of the primary secret, not the SecretId that was given",
    ),
    (
        "RemoveRegionsFromReplication: *",
        {"ARN": f"arn:aws:secretsmanager:{REGION}:secret:app/key"},
        REFERENCE + "RemoveRegionsFromReplication: the ARN of the primary secret, not the SecretId that was given",
    ),
    ("DescribeSecret: with a replica", {"PrimaryRegion": REGION}, REFERENCE + "DescribeSecret: the region that the secret is in"),
    (
        "DescribeSecret: a replica",
        {"ReplicationStatus[0].*": ABSENT},
        REFERENCE + "DescribeSecret: the replicas of this secret, and it has none",
    ),
    (
        "StopReplicationToReplica: an unknown secret",
        {"Code": "ResourceNotFoundException", "Message": "Secrets Manager can't find the specified secret."},
        REFERENCE + "StopReplicationToReplica, which moto has not",
    ),
    (
        "DeleteSecret: too short a window",
        {"Message": "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."},
        "moto's own text, which quotes what the AWS CLI printed",
    ),
    (
        "*Object: *",
        {"ServerSideEncryption": "AES256"},
        "the User Guide of Amazon S3, Default encryption FAQ: all new objects are encrypted, and the headers say so",
    ),
    (
        "ListObjectsV2: the next page",
        {"ContinuationToken": "a token"},
        REFERENCE + "ListObjectsV2: the token that was sent with the request",
    ),
    ("*: with a key", {"ETag": KMS_ETAG}, REFERENCE + "Object: under SSE-KMS the ETag is not the MD5 of the bytes"),
    ("ListObjectsV2: *", {"Contents[*].ETag": KMS_ETAG}, REFERENCE + "Object: under SSE-KMS the ETag is not the MD5 of the bytes"),
    (
        "CreateBucket: a bad name",
        {"Code": "InvalidBucketName", "Message": "The specified bucket is not valid.", "Location": ABSENT},
        "the User Guide of Amazon S3, General purpose bucket naming rules",
    ),
    (
        "DeleteObject: nothing there",
        {"DeleteMarker": True, "VersionId": "a version"},
        REFERENCE + "DeleteObject: with versioning a delete marker is put, whatever was there",
    ),
    (
        "GetObject: *",
        {"VersionId": "null"},
        "the User Guide of Amazon S3, Working with objects in a versioning-suspended bucket: what was put before has the version null",
    ),
    (
        "GetObject: no version's id",
        {"Code": "InvalidArgument", "Message": "Invalid version id specified"},
        "AWS's answer in versity/versitygw#1698",
    ),
    (
        "GetObject: of another owner",
        {
            "Code": "AccessDenied",
            "Message": "Access Denied",
            "HTTPStatusCode": 403,
            **dict.fromkeys(
                ["AcceptRanges", "Body", "ContentLength", "ContentType", "ETag", "LastModified", "Metadata"], ABSENT
            ),
        },
        REFERENCE + "GetObject: x-amz-expected-bucket-owner, which moto does not look at",
    ),
    (
        "DeleteSecret: a window and force",
        {"Message": "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."},
        "moto's own text, which quotes what the AWS CLI printed",
    ),
    # Parameter Store.
    *(
        (call, {"Message": ""}, "AWS's answer without a message in aws-solutions/aws-control-tower-customizations#68")
        for call in (
            "GetParameter: an unknown parameter",
            "GetParameter: another region",
            "GetParameter: deleted",
            "GetParameterHistory: an unknown parameter",
            "DeleteParameter: an unknown parameter",
            "LabelParameterVersion: an unknown parameter",
        )
    ),
    (
        "GetParameter: by an unknown label",
        {"Code": "ParameterVersionNotFound", "Message": ANYTHING},
        REFERENCE + "GetParameter: ParameterVersionNotFound; its text for a label is not documented",
    ),
    ("GetParameter: encrypted", {"Parameter.Value": ANYTHING}, "a ciphertext, which neither side can know of the other"),
    ("GetParameter: by *", {"Parameter.Selector": ANYTHING}, "AWS's answer in ansible/ansible#61043, by number"),
    (
        "GetParameters: several, one by number",
        {"Parameters[1].Selector": ":1"},
        "AWS's answer in ansible/ansible#61043",
    ),
    (
        "GetParameters: too many",
        {
            "Message": "1 validation error detected: Value '[/n0, /n1, /n2, /n3, /n4, /n5, /n6, /n7, /n8, /n9, /n10]' at 'names' "
            "failed to satisfy constraint: Member must have length less than or equal to 10"
        },
        "as every other validation error of AWS: without a full stop",
    ),
    (
        "GetParametersByPath: no path",
        {"Code": "ValidationException", "Message": ANYTHING, "HTTPStatusCode": 400, "Parameters": ABSENT},
        REFERENCE + "GetParametersByPath: hierarchies start with a forward slash",
    ),
    (
        "GetParametersByPath: too large a page",
        {
            "Message": "1 validation error detected: Value '11' at 'maxResults' failed to satisfy constraint: "
            "Member must have value less than or equal to 10"
        },
        "as every other validation error of AWS: the value in quotes",
    ),
    (
        "GetParameterHistory: *",
        {"Parameters[*].LastModifiedUser": "arn:aws:iam::123456789012:root", "Parameters[*].Policies": []},
        REFERENCE + "ParameterHistory: the ARN of a user; policies, of which there are none",
    ),
    ("PutParameter: no value", {"Message": ANYTHING}, "the fake shows no value in a message, be it empty"),
]


class Side:
    """One of the two, with a client for each region."""

    def __init__(self, url):
        self.clients = {
            (service, region): boto3.client(
                service,
                region_name=region,
                endpoint_url=url,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
                config=Config(
                    parameter_validation=False,
                    retries={"total_max_attempts": 1},
                    read_timeout=TIMEOUT_SECONDS,
                    request_checksum_calculation="when_required",
                    s3={"addressing_style": "path"},
                ),
            )
            for service in ("secretsmanager", "ssm", "s3")
            for region in (REGION, OTHER_REGION)
        }
        self.last = {}

    def call(self, operation, client, arguments):
        client = self.clients[client]
        given = {name: self.last.get(value.member, "") if isinstance(value, Last) else value for name, value in arguments.items()}
        method = re.sub("(?<!^)(?=[A-Z])", "_", operation).lower()
        try:
            self.last = getattr(client, method)(**given)
            answer = dict(self.last)
            if "Body" in answer:
                answer["Body"] = answer["Body"].read()
        except ClientError as error:
            answer = {member: error.response["Error"].get(member, ABSENT) for member in ("Code", "Message")}
            answer["ResponseMetadata"] = error.response["ResponseMetadata"]
        if operation == "GetParameters" and "Parameters" in answer:
            answer["Parameters"] = sorted(answer["Parameters"], key=lambda one: one["Name"])  # moto has no order
        answer["HTTPStatusCode"] = answer.pop("ResponseMetadata")["HTTPStatusCode"]
        return leaves(answer)


def leaves(value, path=""):
    """Member by member what was answered, without what may differ from side to side and from run to run."""
    name = path.rsplit(".", 1)[-1]
    if isinstance(value, dict):
        found = {}
        for key, item in value.items():
            found |= leaves(item, f"{path}.{key}" if path else key)
        return found or {path: "{}"}
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        found = {}
        for number, item in enumerate(value):
            found |= leaves(item, f"{path}[{number}]")
        return found
    if isinstance(value, datetime.datetime):
        return {path: "a date"}
    if name == "VersionId" and isinstance(value, str) and re.fullmatch(r"[\w.-]{32}|[0-9a-f-]{36}", value) and "-4000-8000-" not in value:
        return {path: "a version"}
    if name in ("NextToken", "ContinuationToken", "NextContinuationToken") and value:
        return {path: "a token"}
    if name == "RandomPassword":
        kinds = {"lower": str.islower, "upper": str.isupper, "digit": str.isdigit}
        has = [kind for kind, test in kinds.items() if any(map(test, value))]
        return {
            path: (len(value), has, any(not c.isalnum() for c in value), any(c in "abcABC" for c in value) and len(value) == 200)
        }
    if name == "ResourcePolicy":
        return {path: json.loads(value)}
    if isinstance(value, str):
        value = re.sub(
            r"(arn:aws:secretsmanager:[^:]+):\d{12}:secret:(\S+?)-[A-Za-z0-9]{6}(?![A-Za-z0-9-])", r"\1:secret:\2", value
        )
    return {path: value}


class Outcome:
    def __init__(self, operation, special, moto, fake):
        self.operation = operation
        self.name = f"{operation}: {special}"
        self.differences = {
            path: (moto.get(path, ABSENT), fake.get(path, ABSENT))
            for path in sorted(moto.keys() | fake.keys())
            if moto.get(path, ABSENT) != fake.get(path, ABSENT)
        }


outcomes = []


def setUpModule():
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # nor what moto trips over: it is compared below
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    unittest.addModuleCleanup(server.stop)
    host, port = server.get_host_and_port()
    fake = subprocess.Popen(
        [FAKE, "--port", "0", "--region", f"{REGION},{OTHER_REGION}"],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": "/usr/bin:/bin"},
    )
    unittest.addModuleCleanup(fake.stdout.close)
    unittest.addModuleCleanup(fake.wait, TIMEOUT_SECONDS)
    unittest.addModuleCleanup(fake.terminate)
    sides = Side(f"http://{host}:{port}"), Side(fake.stdout.readline().strip())
    for operation, special, *rest in CALLS:
        outcomes.append(Outcome(operation, special, *(side.call(operation, *rest) for side in sides)))


def permissions():
    """(call, member, what AWS answers) of each entry, one at a time."""
    return [(call, member, aws) for call, members, _ in WHERE_MOTO_IS_WRONG for member, aws in members.items()]


def permits(permission, name, path, fake):
    call, member, aws = permission
    member = member.replace("[", "[[]")  # no set of characters, but the number of an item
    return fnmatch.fnmatchcase(name, call) and fnmatch.fnmatchcase(path, member) and (aws is ANYTHING or aws == fake)


class Parity(unittest.TestCase):
    maxDiff = None

    def check(self, operation):
        mine = [outcome for outcome in outcomes if outcome.operation == operation]
        self.assertTrue(mine, f"{operation} is never called")
        for outcome in mine:
            unexplained = {
                path: {"moto": moto, "fake": fake}
                for path, (moto, fake) in outcome.differences.items()
                if not any(permits(permission, outcome.name, path, fake) for permission in permissions())
            }
            with self.subTest(outcome.name):
                self.assertEqual(unexplained, {})


def add_tests():
    for operation in sorted({operation for operation, *_ in CALLS}):
        name = "test_" + re.sub("(?<!^)(?=[A-Z])", "_", operation).lower()
        setattr(Parity, name, lambda self, operation=operation: self.check(operation))


add_tests()


class Whole(unittest.TestCase):
    def test_every_operation_is_called(self):
        self.assertEqual(len({operation for operation, *_ in CALLS}), 23 + len(PARAMETER_STORE) + 9)

    def test_every_entry_is_needed(self):
        differences = [(outcome.name, path, fake) for outcome in outcomes for path, (_, fake) in outcome.differences.items()]
        for permission in permissions():
            with self.subTest(permission):
                self.assertTrue(any(permits(permission, *difference) for difference in differences), "no longer differs")


if __name__ == "__main__":
    unittest.main(verbosity=2)
