package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.authority.Pem;
import dev.caravan.event.MigrationEvents;
import dev.caravan.request.MigrationRequest;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.security.auth.x500.X500Principal;
import org.awaitility.Awaitility;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever is asked for wrongly: the asker hears why, and the container runs on where it did. */
@ExtendWith(RealLab.class)
@Timeout(120)
class InputIT {
    private static final String NAME = "target";

    private final TestLab lab;
    private OperatorMailbox mailbox;

    InputIT(TestLab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void start() throws Exception {
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        mailbox = new OperatorMailbox(lab);
    }

    @AfterEach
    void theContainerRunsOn() throws Exception {
        mailbox.close();
        try {
            lab.assertOnlyAt(ALPHA, NAME);
        } finally {
            lab.clear();
        }
    }

    @Test
    void unknownContainerIsSaidByTheAgentsAndByTheSource() {
        CommandResult asked = lab.caravan("migrate", "nobody", "--to", BETA, "--answer-within", "3");
        assertThat(asked.exitCode()).isEqualTo(2);
        assertThat(asked.errors()).contains("unknown container \"nobody\"", "caravan list");

        CommandResult named = lab.caravan("migrate", "nobody", "--from", ALPHA, "--to", BETA);
        assertThat(named.exitCode()).isEqualTo(2);
        assertThat(named.output()).contains("container is \"nobody\", which it-alpha does not have");
    }

    @Test
    void unknownSourceIsSaid() {
        CommandResult result = lab.caravan("migrate", NAME, "--from", "gamma", "--to", BETA);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.output()).contains("source is \"gamma\"", "no host that has joined");
    }

    @Test
    void unknownDestinationIsSaid() {
        CommandResult result = lab.caravan("migrate", NAME, "--to", "gamma");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.output()).contains("destination is \"gamma\"", "no host that has joined");
    }

    @Test
    void destinationThatIsTheSourceIsSaid() {
        CommandResult result = lab.caravan("migrate", NAME, "--to", ALPHA);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.output()).contains("destination is \"it-alpha\", which is the source too");
    }

    @Test
    void unknownModeIsSaid() {
        CommandResult result = lab.caravan("migrate", NAME, "--to", BETA, "--mode", "teleport");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.output()).contains("mode is \"teleport\"", "stopcopy");
    }

    @Test
    void badJsonIsSaid() throws Exception {
        byte[] bad = "{\"id\": 7".getBytes(StandardCharsets.UTF_8);
        mailbox.send(bad, mailbox.signed(bad));

        JsonNode rejected = mailbox.await(MigrationEvents.REJECTED, any -> true);
        assertThat(rejected.path("error").asText()).isEqualTo("bad-request");
        assertThat(rejected.path("reason").asText()).contains("not JSON");
    }

    @Test
    void missingFieldIsNamed() throws Exception {
        byte[] bad = ("{\"id\": \"" + UUID.randomUUID() + "\", \"container\": \"" + NAME + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        mailbox.send(bad, mailbox.signed(bad));

        JsonNode rejected = mailbox.await(MigrationEvents.REJECTED, any -> true);
        assertThat(rejected.path("error").asText()).isEqualTo("bad-request");
        assertThat(rejected.path("reason").asText()).contains("destination", "required");
    }

    @Test
    void unsignedRequestIsRefused() throws Exception {
        MigrationRequest request = OperatorMailbox.request(NAME, ALPHA, BETA);
        mailbox.send(request.toJson(), Map.of());

        assertThat(rejection(request).path("error").asText()).isEqualTo("unsigned");
        assertThat(rejection(request).path("reason").asText()).contains("not signed");
        assertThat(mailbox.deadLetterReason(request)).contains("not signed");
    }

    @Test
    void tamperedRequestIsRefused() throws Exception {
        MigrationRequest signed = OperatorMailbox.request("other", ALPHA, BETA);
        byte[] tampered = new String(signed.toJson(), StandardCharsets.UTF_8).replace("other", NAME)
                .getBytes(StandardCharsets.UTF_8);
        mailbox.send(tampered, mailbox.signed(signed.toJson()));

        assertThat(rejection(signed).path("error").asText()).isEqualTo("bad-signature");
        assertThat(rejection(signed).path("reason").asText()).contains("altered");
    }

    @Test
    void requestOfAStrangerIsRefused() throws Exception {
        MigrationRequest request = OperatorMailbox.request(NAME, ALPHA, BETA);
        KeyPair stranger = newKey();
        X509Certificate own = certificate(stranger, new X500Principal("CN=stranger"), stranger.getPrivate(),
                Instant.now().plus(Duration.ofDays(1)));
        mailbox.send(request.toJson(), OperatorMailbox.signed(request.toJson(), stranger.getPrivate(), own));

        assertThat(rejection(request).path("error").asText()).isEqualTo("bad-certificate");
        assertThat(rejection(request).path("reason").asText()).contains("is not by");
    }

    @Test
    void expiredOperatorCertificateIsRefused() throws Exception {
        Path authority = lab.lab().plan().home().resolve("authority/home/owner");
        KeyPair pair = newKey();
        X509Certificate expired = certificate(pair,
                Pem.certificate(authority.resolve("ca.pem")).getSubjectX500Principal(),
                Pem.privateKey(authority.resolve("key.pem")), Instant.now().minus(Duration.ofMinutes(1)));
        MigrationRequest request = OperatorMailbox.request(NAME, ALPHA, BETA);
        mailbox.send(request.toJson(), OperatorMailbox.signed(request.toJson(), pair.getPrivate(), expired));

        assertThat(rejection(request).path("error").asText()).isEqualTo("bad-certificate");
        assertThat(rejection(request).path("reason").asText()).contains("expired at");
    }

    @Test
    void expiredRequestIsRefused() throws Exception {
        Instant past = Instant.now().minus(Duration.ofHours(1));
        MigrationRequest request = new MigrationRequest(UUID.randomUUID(), NAME, ALPHA, BETA, "stopcopy", past,
                past.plus(Duration.ofMinutes(2)));
        mailbox.send(request);

        assertThat(rejection(request).path("error").asText()).isEqualTo("expired");
        assertThat(rejection(request).path("reason").asText()).contains("expiresAt is");
    }

    @Test
    void requestThatComesThriceIsActedOnOnce() throws Exception {
        lab.run(ALPHA, "once", null, "/bin/sleep", "600");
        MigrationRequest request = OperatorMailbox.request("once", ALPHA, BETA);
        mailbox.send(request);
        mailbox.send(request);
        String id = request.id().toString();
        JsonNode ended = mailbox.await(MigrationEvents.ENDED, data -> data.path("migrationId").asText().equals(id));
        assertThat(ended.path("outcome").asText()).isEqualTo("completed");
        mailbox.send(request);

        // whatever comes after it was taken after it
        MigrationRequest later = OperatorMailbox.request("nobody", ALPHA, BETA);
        mailbox.send(later);
        rejection(later);
        List<JsonNode> starts = mailbox.all(MigrationEvents.TRANSITION,
                data -> data.path("migrationId").asText().equals(id) && data.path("role").asText().equals("source")
                        && data.path("stage").asText().equals("attesting"));
        assertThat(starts).hasSize(1);
        assertThat(mailbox.all(MigrationEvents.REJECTED, data -> data.path("migrationId").asText().equals(id)))
                .isEmpty();
        Awaitility.await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(lab.copies("once")).containsExactly(BETA + " running"));
    }

    private JsonNode rejection(MigrationRequest request) {
        return mailbox.await(MigrationEvents.REJECTED,
                data -> data.path("migrationId").asText().equals(request.id().toString()));
    }

    private static KeyPair newKey() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    /** An operator's certificate as the owner authority makes it, but for the issuer or the end. */
    private X509Certificate certificate(KeyPair pair, X500Principal issuer, PrivateKey issuerKey, Instant end)
            throws Exception {
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(issuer, BigInteger.TEN,
                Date.from(Instant.now().minus(Duration.ofDays(1))), Date.from(end), new X500Principal("CN=late"),
                pair.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(KeyPurposeId
                .getInstance(new ASN1ObjectIdentifier(mailbox.certificate().getExtendedKeyUsage().get(0)))));
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey)));
    }
}
