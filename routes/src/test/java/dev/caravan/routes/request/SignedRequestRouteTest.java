package dev.caravan.routes.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.authority.CertificateAuthority;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.TrustStore;
import dev.caravan.request.RequestRejected;
import dev.caravan.routes.CaravanHeaders;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import org.apache.camel.Exchange;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedRequestRouteTest extends CamelTestSupport {
    private static final byte[] REQUEST = "{\"any\":\"request\"}".getBytes(StandardCharsets.UTF_8);

    @TempDir
    static Path directory;
    private CertificateAuthority ca;
    private X509Certificate operator;
    private TrustStore trust;

    @Override
    protected RoutesBuilder[] createRouteBuilders() throws Exception {
        ca = new CertificateAuthority(directory.resolve("owner"), "Test owner authority");
        CertificateAuthority hardware = new CertificateAuthority(directory.resolve("hardware"), "Test hardware");
        Path keys = java.nio.file.Files.createTempDirectory(directory, "operator");
        operator = new OwnerAuthority(ca).issueOperator("alice", keys);
        trust = new TrustStore(directory.resolve("trust"));
        trust.update(hardware.certificate(), hardware.crl(), ca.certificate(), ca.crl());
        return new RoutesBuilder[]{
                new SignRequestRoute(keys.resolve("operator-key.pem"), keys.resolve("operator.pem")),
                new VerifyRequestRoute(trust)};
    }

    private Exchange signed() {
        return template.send("direct:sign-request", exchange -> exchange.getMessage().setBody(REQUEST));
    }

    private Exchange verify(byte[] body, Object signature, Object certificate) {
        return template.send("direct:verify-request", exchange -> {
            exchange.getMessage().setBody(body);
            exchange.getMessage().setHeader(CaravanHeaders.SIGNATURE, signature);
            exchange.getMessage().setHeader(CaravanHeaders.CERTIFICATE, certificate);
        });
    }

    private static Object header(Exchange exchange, String name) {
        return exchange.getMessage().getHeader(name);
    }

    @Test
    void whatAnOperatorSignedVerifiesAndNamesTheOperator() {
        Exchange signed = signed();
        assertThat(signed.getException()).isNull();
        assertThat(header(signed, CaravanHeaders.SIGNATURE)).isInstanceOf(String.class);
        Exchange verified = verify(REQUEST, header(signed, CaravanHeaders.SIGNATURE),
                header(signed, CaravanHeaders.CERTIFICATE));
        assertThat(verified.getException()).isNull();
        assertThat(verified.getProperty(VerifyRequestRoute.OPERATOR)).isEqualTo("alice");
        assertThat(verified.getMessage().getHeaders().keySet()).noneMatch(name -> name.startsWith("CamelSignature"));
    }

    @Test
    void anAlteredRequestIsRefused() {
        Exchange signed = signed();
        byte[] altered = REQUEST.clone();
        altered[2] ^= 1;
        assertThat(verify(altered, header(signed, CaravanHeaders.SIGNATURE), header(signed, CaravanHeaders.CERTIFICATE))
                .getException()).isInstanceOf(RequestRejected.class).hasMessageContaining("altered");
    }

    @Test
    void anUnsignedRequestIsRefused() {
        assertThat(verify(REQUEST, null, null).getException()).isInstanceOf(RequestRejected.class)
                .hasMessageContaining("not signed");
    }

    @Test
    void rubbishInTheHeadersIsRefused() {
        Exchange signed = signed();
        assertThat(verify(REQUEST, "!", header(signed, CaravanHeaders.CERTIFICATE)).getException())
                .isInstanceOf(RequestRejected.class);
        assertThat(verify(REQUEST, header(signed, CaravanHeaders.SIGNATURE), "!").getException())
                .isInstanceOf(RequestRejected.class);
        assertThat(verify(REQUEST, header(signed, CaravanHeaders.SIGNATURE), "AAAA").getException()).isNotNull();
    }

    @Test
    void aRevokedOperatorIsRefused() throws Exception {
        Exchange signed = signed();
        ca.revoke(operator.getSerialNumber());
        CertificateAuthority hardware = new CertificateAuthority(directory.resolve("hardware"), "Test hardware");
        trust.update(hardware.certificate(), hardware.crl(), ca.certificate(), ca.crl());
        assertThat(verify(REQUEST, header(signed, CaravanHeaders.SIGNATURE), header(signed, CaravanHeaders.CERTIFICATE))
                .getException()).hasMessageContaining("revoked");
    }

    @Test
    void aKeyThatIsMissingIsToldAtStart() {
        assertThatThrownBy(() -> new SignRequestRoute(directory.resolve("no"), directory.resolve("no")).configure())
                .hasMessageContaining("no");
    }
}
