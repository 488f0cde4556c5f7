import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.APIErrorType;
import software.amazon.awssdk.services.secretsmanager.model.FilterNameStringType;
import software.amazon.awssdk.services.secretsmanager.model.InvalidNextTokenException;
import software.amazon.awssdk.services.secretsmanager.model.InvalidParameterException;
import software.amazon.awssdk.services.secretsmanager.model.InvalidRequestException;
import software.amazon.awssdk.services.secretsmanager.model.MalformedPolicyDocumentException;
import software.amazon.awssdk.services.secretsmanager.model.ResourceExistsException;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;
import software.amazon.awssdk.services.secretsmanager.model.SecretListEntry;
import software.amazon.awssdk.services.secretsmanager.model.SecretValueEntry;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;
import software.amazon.awssdk.services.secretsmanager.model.StatusType;
import software.amazon.awssdk.services.secretsmanager.model.Tag;

/** Secrets Manager as AWS's SDK for Java uses it: {@code Client URL CASE} does one case of {@code test_clients.py}. */
@SuppressWarnings("unchecked") // the SDK takes lists of lambdas as arrays of generic types
final class Client {
    private static final String REGION = "us-east-1";
    private static final String FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
    private static final String POLICY =
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
                    + "\"arn:aws:iam::123456789012:root\"},\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}";

    private interface Case {
        void run(SecretsManagerClient client);
    }

    private interface Call {
        void run();
    }

    private Client() {}

    public static void main(String[] arguments) {
        Map<String, Case> cases = new HashMap<>();
        cases.put("values", Client::values);
        cases.put("versions", Client::versions);
        cases.put("pages", Client::pages);
        cases.put("batch", Client::batch);
        cases.put("tags", Client::tags);
        cases.put("deletion", Client::deletion);
        cases.put("rotation", Client::rotation);
        cases.put("replicas", Client::replicas);
        cases.put("policies", Client::policies);
        cases.put("passwords", Client::passwords);
        cases.put("errors", Client::errors);
        try (SecretsManagerClient client = SecretsManagerClient.builder()
                .endpointOverride(URI.create(arguments[0]))
                .region(Region.of(REGION))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("testing", "testing")))
                .httpClient(UrlConnectionHttpClient.create())
                .build()) {
            cases.get(arguments[1]).run(client);
        }
    }

    private static void values(SecretsManagerClient client) {
        String arn = client.createSecret(r -> r.name("app/db").secretString("{\"user\":\"é世\"}").description("database")).arn();
        var read = client.getSecretValue(r -> r.secretId(arn));
        same("{\"user\":\"é世\"}", read.secretString());
        same("app/db", read.name());
        same(List.of("AWSCURRENT"), read.versionStages());
        byte[] bytes = {0, (byte) 0xff, '\n'};
        client.createSecret(r -> r.name("app/key").secretBinary(SdkBytes.fromByteArray(bytes)));
        var binary = client.getSecretValue(r -> r.secretId("app/key"));
        same(true, Arrays.equals(bytes, binary.secretBinary().asByteArray()));
        same(null, binary.secretString());
        same("database", client.describeSecret(r -> r.secretId("app/db")).description());
    }

    private static void versions(SecretsManagerClient client) {
        String first = client.createSecret(r -> r.name("app/db").secretString("one")).versionId();
        String second = client.putSecretValue(r -> r.secretId("app/db").secretString("two")).versionId();
        String third = client.putSecretValue(r -> r.secretId("app/db").secretString("three").versionStages("AWSPENDING"))
                .versionId();
        same("two", client.getSecretValue(r -> r.secretId("app/db")).secretString());
        same("one", client.getSecretValue(r -> r.secretId("app/db").versionStage("AWSPREVIOUS")).secretString());
        client.updateSecretVersionStage(
                r -> r.secretId("app/db").versionStage("AWSCURRENT").removeFromVersionId(second).moveToVersionId(third));
        same("three", client.getSecretValue(r -> r.secretId("app/db")).secretString());
        same(
                Map.of(second, List.of("AWSPREVIOUS"), third, List.of("AWSCURRENT", "AWSPENDING")),
                client.describeSecret(r -> r.secretId("app/db")).versionIdsToStages());
        same(2, client.listSecretVersionIds(r -> r.secretId("app/db")).versions().size());
        var all = client.listSecretVersionIds(r -> r.secretId("app/db").includeDeprecated(true)).versions();
        same(3, all.size());
        same(first, all.get(0).versionId());
        String fourth = client.updateSecret(r -> r.secretId("app/db").secretString("four")).versionId();
        same("four", client.getSecretValue(r -> r.secretId("app/db").versionId(fourth)).secretString());
        same(null, client.updateSecret(r -> r.secretId("app/db").description("database")).versionId());
    }

    private static void pages(SecretsManagerClient client) {
        var expected = new TreeSet<String>();
        for (int number = 0; number < 7; number++) {
            String name = "fleet/" + number;
            client.createSecret(r -> r.name(name).secretString(name));
            expected.add(name);
        }
        client.createSecret(r -> r.name("other").secretString("x"));
        var pages = client.listSecretsPaginator(
                r -> r.maxResults(3).filters(f -> f.key(FilterNameStringType.NAME).values("fleet/")));
        same(3L, pages.stream().count());
        same(
                expected,
                pages.stream().flatMap(page -> page.secretList().stream()).map(SecretListEntry::name)
                        .collect(Collectors.toCollection(TreeSet::new)));
        var values = client.batchGetSecretValuePaginator(
                r -> r.maxResults(2).filters(f -> f.key(FilterNameStringType.NAME).values("fleet/")));
        same(
                expected,
                values.stream().flatMap(page -> page.secretValues().stream()).map(SecretValueEntry::secretString)
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static void batch(SecretsManagerClient client) {
        client.createSecret(r -> r.name("a").secretString("1"));
        client.createSecret(r -> r.name("b").secretString("2"));
        client.createSecret(r -> r.name("c").secretString("3"));
        client.deleteSecret(r -> r.secretId("c").recoveryWindowInDays(7L));
        var answer = client.batchGetSecretValue(r -> r.secretIdList("a", "missing", "b", "c"));
        same(List.of("1", "2"), answer.secretValues().stream().map(SecretValueEntry::secretString).toList());
        same(
                Map.of("missing", "ResourceNotFoundException", "c", "InvalidRequestException"),
                answer.errors().stream().collect(Collectors.toMap(APIErrorType::secretId, APIErrorType::errorCode)));
    }

    private static void tags(SecretsManagerClient client) {
        client.createSecret(r -> r.name("app/db").secretString("x").tags(tag("team", "db"), tag("stage", "prod")));
        client.tagResource(r -> r.secretId("app/db").tags(tag("stage", "dev"), tag("cost", "7")));
        client.untagResource(r -> r.secretId("app/db").tagKeys("team"));
        same(List.of(tag("stage", "dev"), tag("cost", "7")), client.describeSecret(r -> r.secretId("app/db")).tags());
        same(1, client.listSecrets(r -> r.filters(f -> f.key(FilterNameStringType.TAG_VALUE).values("dev"))).secretList().size());
    }

    private static void deletion(SecretsManagerClient client) {
        client.createSecret(r -> r.name("app/db").secretString("x"));
        same(true, client.deleteSecret(r -> r.secretId("app/db").recoveryWindowInDays(7L)).deletionDate() != null);
        same(true, client.describeSecret(r -> r.secretId("app/db")).deletedDate() != null);
        same(0, client.listSecrets().secretList().size());
        same(1, client.listSecrets(r -> r.includePlannedDeletion(true)).secretList().size());
        fails(InvalidRequestException.class, () -> client.getSecretValue(r -> r.secretId("app/db")));
        client.restoreSecret(r -> r.secretId("app/db"));
        same("x", client.getSecretValue(r -> r.secretId("app/db")).secretString());
        client.deleteSecret(r -> r.secretId("app/db").forceDeleteWithoutRecovery(true));
        fails(ResourceNotFoundException.class, () -> client.describeSecret(r -> r.secretId("app/db")));
    }

    private static void rotation(SecretsManagerClient client) {
        client.createSecret(r -> r.name("app/db").secretString("old"));
        fails(InvalidRequestException.class, () -> client.rotateSecret(r -> r.secretId("app/db")));
        String token = "11111111-2222-4333-8444-555555555555";
        var rotated = client.rotateSecret(r -> r.secretId("app/db").clientRequestToken(token).rotationLambdaARN(FUNCTION)
                .rotationRules(rules -> rules.automaticallyAfterDays(30L)));
        same(token, rotated.versionId());
        var described = client.describeSecret(r -> r.secretId("app/db"));
        same(true, described.rotationEnabled());
        same(FUNCTION, described.rotationLambdaARN());
        same(30L, described.rotationRules().automaticallyAfterDays());
        same(true, described.versionIdsToStages().containsKey(token));
        client.cancelRotateSecret(r -> r.secretId("app/db"));
        same(false, client.describeSecret(r -> r.secretId("app/db")).rotationEnabled());
    }

    private static void replicas(SecretsManagerClient client) {
        client.createSecret(r -> r.name("app/db").secretString("x"));
        var status = client.replicateSecretToRegions(
                r -> r.secretId("app/db").addReplicaRegions(region -> region.region("us-east-2"))).replicationStatus();
        same("us-east-2", status.get(0).region());
        same(StatusType.IN_SYNC, client.describeSecret(r -> r.secretId("app/db")).replicationStatus().get(0).status());
        fails(InvalidParameterException.class, () -> client.deleteSecret(r -> r.secretId("app/db")));
        same(0, client.removeRegionsFromReplication(r -> r.secretId("app/db").removeReplicaRegions("us-east-2"))
                .replicationStatus().size());
        client.deleteSecret(r -> r.secretId("app/db"));
    }

    private static void policies(SecretsManagerClient client) {
        client.createSecret(r -> r.name("app/db").secretString("x"));
        same(true, client.validateResourcePolicy(r -> r.resourcePolicy(POLICY)).policyValidationPassed());
        client.putResourcePolicy(r -> r.secretId("app/db").resourcePolicy(POLICY).blockPublicPolicy(true));
        same(true, client.getResourcePolicy(r -> r.secretId("app/db")).resourcePolicy().contains("GetSecretValue"));
        client.deleteResourcePolicy(r -> r.secretId("app/db"));
        same(null, client.getResourcePolicy(r -> r.secretId("app/db")).resourcePolicy());
        fails(
                MalformedPolicyDocumentException.class,
                () -> client.putResourcePolicy(r -> r.secretId("app/db").resourcePolicy("no JSON")));
    }

    private static void passwords(SecretsManagerClient client) {
        same(32, client.getRandomPassword().randomPassword().length());
        String digits = client.getRandomPassword(r -> r.passwordLength(50L).excludeLowercase(true).excludeUppercase(true)
                .excludePunctuation(true)).randomPassword();
        same(true, digits.matches("[0-9]{50}"));
        fails(InvalidParameterException.class, () -> client.getRandomPassword(r -> r.passwordLength(3L)));
    }

    private static void errors(SecretsManagerClient client) {
        var missing = fails(ResourceNotFoundException.class, () -> client.getSecretValue(r -> r.secretId("missing")));
        same("Secrets Manager can't find the specified secret.", missing.awsErrorDetails().errorMessage());
        same(400, missing.statusCode());
        same(true, missing.requestId() != null);
        client.createSecret(r -> r.name("app/db").secretString("x"));
        fails(ResourceExistsException.class, () -> client.createSecret(r -> r.name("app/db").secretString("x")));
        fails(InvalidRequestException.class, () -> client.putSecretValue(r -> r.secretId("app/db")));
        fails(InvalidParameterException.class, () -> client.deleteSecret(r -> r.secretId("app/db").recoveryWindowInDays(6L)));
        fails(InvalidNextTokenException.class, () -> client.listSecrets(r -> r.nextToken("none of yours")));
        // AWS's model has no exception for it.
        var invalid = fails(SecretsManagerException.class, () -> client.describeSecret(r -> r.secretId("app db")));
        same("ValidationException", invalid.awsErrorDetails().errorCode());
    }

    private static Tag tag(String key, String value) {
        return Tag.builder().key(key).value(value).build();
    }

    private static void same(Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError("expected " + expected + " and not " + actual);
        }
    }

    private static <E extends SecretsManagerException> E fails(Class<E> expected, Call call) {
        try {
            call.run();
        } catch (SecretsManagerException error) {
            same(expected, error.getClass());
            return expected.cast(error);
        }
        throw new AssertionError("expected " + expected.getSimpleName());
    }
}
