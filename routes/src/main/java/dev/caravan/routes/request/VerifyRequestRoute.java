package dev.caravan.routes.request;

import dev.caravan.routes.Direct;
import dev.caravan.authority.CertificateRejected;
import dev.caravan.authority.CertificateRole;
import dev.caravan.authority.Pem;
import dev.caravan.authority.TrustStore;
import dev.caravan.request.RequestRejected;
import dev.caravan.routes.CaravanHeaders;
import java.io.IOException;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.crypto.DigitalSignatureConstants;

/**
 * {@code direct:verify-request}: fails with {@link RequestRejected} unless the body is signed by an operator whom the
 * owner authority certified. Sets the property {@link #OPERATOR}.
 */
public final class VerifyRequestRoute extends RouteBuilder {
    /** Exchange property: the operator's name. */
    public static final String OPERATOR = "caravan.operator";

    private final TrustStore trust;

    public VerifyRequestRoute(TrustStore trust) {
        this.trust = trust;
    }

    @Override
    public void configure() {
        from(Direct.VERIFY_REQUEST).routeId("verify-request").errorHandler(noErrorHandler())
                .process(this::verifyCertificate)
                .doTry()
                .to("crypto:verify:operator?algorithm=SHA256withECDSA&clearHeaders=true")
                .doCatch(SignatureException.class)
                .process(exchange -> {
                    throw new RequestRejected("bad-signature",
                            "the signature does not fit the request: it was altered, or signed with another key");
                })
                .end();
    }

    private void verifyCertificate(Exchange exchange) throws IOException {
        Message message = exchange.getMessage();
        String signature = message.getHeader(CaravanHeaders.SIGNATURE, String.class);
        String encoded = message.getHeader(CaravanHeaders.CERTIFICATE, String.class);
        if (signature == null || encoded == null) {
            throw new RequestRejected("unsigned", "the request is not signed: headers " + CaravanHeaders.SIGNATURE
                    + " and " + CaravanHeaders.CERTIFICATE + " are needed");
        }
        try {
            X509Certificate certificate = Pem.certificate(Base64.getDecoder().decode(encoded));
            exchange.setProperty(OPERATOR, trust.owner().verify(certificate, CertificateRole.OPERATOR));
            message.setHeader(DigitalSignatureConstants.SIGNATURE_PUBLIC_KEY_OR_CERT, certificate.getPublicKey());
            message.setHeader(DigitalSignatureConstants.SIGNATURE, signature);
        } catch (CertificateRejected e) {
            throw new RequestRejected("bad-certificate", "the operator's certificate does not hold: " + e.getMessage(),
                    e);
        } catch (IllegalArgumentException e) {
            throw new RequestRejected("bad-certificate", CaravanHeaders.CERTIFICATE + " is not Base64", e);
        }
    }
}
