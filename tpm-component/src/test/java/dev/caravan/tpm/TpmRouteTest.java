package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Map;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TpmRouteTest extends CamelTestSupport {
    @TempDir
    static Path directory;
    private static SwtpmProcess swtpm;

    @BeforeAll
    static void start() throws Exception {
        swtpm = SwtpmProcess.start(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        if (swtpm != null) {
            swtpm.close();
        }
    }

    @Override
    protected RoutesBuilder createRouteBuilder() {
        return new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                getCamelContext().getComponent("tpm", TpmComponent.class).setDevice(swtpm.address());
                from("direct:attest").setProperty("nonce", body())
                        .to("tpm:create-aik")
                        .setHeader(TpmConstants.KEY, body())
                        .setBody(exchangeProperty("nonce"))
                        .to("tpm:quote?pcrs=0,7")
                        .setHeader(TpmConstants.PUBLIC_KEY, header(TpmConstants.KEY))
                        .to("tpm:verify-quote?pcrs=0,7");
                from("direct:prove").setProperty("secret", body())
                        .to("tpm:read-ek-certificate")
                        .setHeader(TpmConstants.PUBLIC_KEY, body())
                        .to("tpm:create-aik")
                        .setHeader(TpmConstants.KEY, body())
                        .setHeader(TpmConstants.KEY_NAME, simple("${body.name()}"))
                        .setBody(exchangeProperty("secret"))
                        .to("tpm:make-credential")
                        .to("tpm:activate-credential");
                from("direct:certify-and-verify").setProperty("nonce", body())
                        .to("tpm:create-signing-key")
                        .setHeader(TpmConstants.CERTIFIED_KEY, body())
                        .to("tpm:create-aik")
                        .setHeader(TpmConstants.KEY, body())
                        .setBody(exchangeProperty("nonce"))
                        .to("tpm:certify")
                        .setHeader(TpmConstants.PUBLIC_KEY, header(TpmConstants.KEY))
                        .to("tpm:verify-certification");
                for (TpmOperation operation : TpmOperation.values()) {
                    from("direct:" + operation.uriName()).to("tpm:" + operation.uriName());
                }
            }
        };
    }

    @Test
    void aRouteQuotesAndVerifies() {
        byte[] nonce = {1, 2, 3};
        VerifiedQuote quote = template.requestBodyAndHeader("direct:attest", nonce, TpmConstants.EXTRA_DATA, nonce,
                VerifiedQuote.class);
        assertThat(quote.pcrs()).containsOnlyKeys(0, 7);
    }

    @Test
    void aQuoteForAnotherNonceFailsTheExchange() {
        assertThatThrownBy(() -> template.requestBodyAndHeader("direct:attest", new byte[]{1}, TpmConstants.EXTRA_DATA,
                new byte[]{2})).isInstanceOf(CamelExecutionException.class).rootCause()
                .isInstanceOf(QuoteRejected.class);
    }

    @Test
    void aRouteProvesThatAKeyIsInTheTpmOfAnAik() {
        byte[] nonce = {1, 2, 3};
        TpmPublicArea key = template.requestBodyAndHeader("direct:certify-and-verify", nonce, TpmConstants.EXTRA_DATA,
                nonce, TpmPublicArea.class);
        assertThat(key.publicKey().getAlgorithm()).isEqualTo("EC");
        assertThatThrownBy(() -> template.requestBodyAndHeader("direct:certify-and-verify", nonce,
                TpmConstants.EXTRA_DATA, new byte[]{4})).rootCause().isInstanceOf(QuoteRejected.class);
    }

    @Test
    void aVerifierNeedsNoMoreThanThePublicArea() {
        TpmKey aik = template.requestBody("direct:create-aik", null, TpmKey.class);
        TpmKey key = template.requestBody("direct:create-signing-key", null, TpmKey.class);
        Certification certification = template.requestBodyAndHeaders("direct:certify", new byte[]{1},
                Map.of(TpmConstants.KEY, aik, TpmConstants.CERTIFIED_KEY, key), Certification.class);
        Map<String, Object> headers = Map.of(TpmConstants.PUBLIC_KEY, aik.publicKey(), TpmConstants.EXTRA_DATA,
                new byte[]{1}, TpmConstants.CERTIFIED_KEY, key.publicArea());
        assertThat(template.requestBodyAndHeaders("direct:verify-certification", certification, headers,
                TpmPublicArea.class).name()).isEqualTo(key.name());
    }

    @Test
    void aRouteProvesThatAnAikIsInTheTpmOfAnEk() {
        byte[] secret = {9, 8, 7};
        assertThat(template.requestBody("direct:prove", secret, byte[].class)).isEqualTo(secret);
    }

    @Test
    void aRouteReadsTheEkCertificate() {
        assertThat(
                template.requestBody("direct:read-ek-certificate", null, X509Certificate.class).getIssuerX500Principal()
                        .getName())
                .contains("swtpm-localca");
    }

    @Test
    void aRouteSigns() throws Exception {
        byte[] message = "go".getBytes(StandardCharsets.UTF_8);
        TpmKey key = template.requestBody("direct:create-signing-key", null, TpmKey.class);
        Signature verifier = Signature.getInstance("SHA256withECDSA");
        verifier.initVerify(key.publicKey());
        verifier.update(message);
        assertThat(verifier.verify(
                template.requestBodyAndHeader("direct:sign", message, TpmConstants.KEY, key, byte[].class))).isTrue();
    }

    @Test
    void aRouteExtendsAndReadsPcrs() {
        byte[] digest = Sha256.of(new byte[]{1});
        assertThat(template.requestBodyAndHeader("direct:extend-pcr", digest, TpmConstants.PCR, 16))
                .isSameAs(digest);
        Map<?, ?> read = template.requestBodyAndHeader("direct:read-pcrs", null, TpmConstants.PCRS, "7,16", Map.class);
        assertThat(read).hasSize(2);
        assertThat(read.get(16)).isEqualTo(Sha256.of(new byte[32], digest));
    }

    @Test
    void aQuoteIsVerifiedWithABareKeyToo() {
        TpmKey aik = template.requestBody("direct:create-aik", null, TpmKey.class);
        Map<String, Object> headers = Map.of(TpmConstants.KEY, aik, TpmConstants.PUBLIC_KEY, aik.publicKey(),
                TpmConstants.EXTRA_DATA, new byte[]{1});
        Quote quote = template.requestBodyAndHeaders("direct:quote", new byte[]{1}, headers, Quote.class);
        assertThat(template.requestBodyAndHeaders("direct:verify-quote", quote, headers, VerifiedQuote.class).pcrs())
                .hasSize(8);
    }

    @ParameterizedTest
    @CsvSource({"sign, CamelTpmKey", "quote, CamelTpmKey", "certify, CamelTpmKey", "make-credential, CamelTpmPublicKey",
            "extend-pcr, CamelTpmPcr",
            "activate-credential, CamelTpmKey"})
    void aMissingHeaderIsNamed(String operation, String header) {
        assertThatThrownBy(() -> template.requestBody("direct:" + operation, new byte[32])).rootCause()
                .hasMessageContaining("header " + header);
    }

    @ParameterizedTest
    @CsvSource({"tpm:reset, verify-quote", "tpm:QUOTE, verify-quote", "tpm:quote?device=tpm0, unix:PATH",
            "tpm:quote?pcrs=24, 0 to 23", "tpm:quote?bank=sha1, bank"})
    void wrongUrisAreRefusedWithAReason(String uri, String reason) {
        assertThatThrownBy(() -> context.getEndpoint(uri).start()).hasStackTraceContaining(reason);
    }

    @Test
    void thereIsNoConsumer() {
        assertThatThrownBy(() -> context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("tpm:quote").to("mock:none");
            }
        })).hasStackTraceContaining("a TPM never speaks first");
    }

    @Test
    void oneHealthCheckATpmSaysWhetherItAnswers() {
        HealthCheckRegistry registry = HealthCheckRegistry.get(context);
        HealthCheck check = registry.getCheck("tpm-" + swtpm.address()).orElseThrow();
        assertThat(check.call().getState()).isEqualTo(HealthCheck.State.UP);
        assertThat(registry.stream().filter(other -> other.getId().startsWith("tpm-"))).hasSize(1);
    }

    @Test
    void aTpmThatIsNotThereIsUnhealthyButStopsNoRouteFromStarting() throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("direct:missing").to("tpm:read-pcrs?device=/no/such/device");
            }
        });
        HealthCheck.Result result = HealthCheckRegistry.get(context).getCheck("tpm-/no/such/device").orElseThrow()
                .call();
        assertThat(result.getState()).isEqualTo(HealthCheck.State.DOWN);
        assertThat(result.getMessage()).hasValueSatisfying(
                message -> assertThat(message).contains("no such device"));
        assertThatThrownBy(() -> template.requestBody("direct:missing", "")).rootCause()
                .hasMessageContaining("/no/such/device");
    }

    @Test
    void anotherWayToATpmCanTakeItsPlace() throws Exception {
        context.getRegistry().bind("fake", new FakeTpm());
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:fake").to("tpm:read-pcrs?connector=#fake&pcrs=0");
            }
        });
        Map<?, ?> read = template.requestBody("direct:fake", null, Map.class);
        assertThat(read).hasSize(1);
    }

    @Test
    void theCatalogKnowsEveryOperation() throws Exception {
        try (InputStream in = TpmComponent.class.getResourceAsStream("/META-INF/dev/caravan/tpm/tpm.json")) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).contains(
                    Arrays.stream(TpmOperation.values()).map(operation -> '"' + operation.uriName() + '"').toList());
        }
    }
}
