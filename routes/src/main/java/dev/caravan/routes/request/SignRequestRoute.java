package dev.caravan.routes.request;

import dev.caravan.routes.Direct;
import dev.caravan.authority.Pem;
import dev.caravan.routes.CaravanHeaders;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.crypto.DigitalSignatureConstants;

/**
 * {@code direct:sign-request}: signs the body as an operator. An integrator puts it before
 * {@code jms:queue:caravan.requests}.
 */
public final class SignRequestRoute extends RouteBuilder {
    private final Path key;
    private final Path certificate;

    /**
     * @param key         the operator's private key (PKCS#8 PEM)
     * @param certificate the operator's certificate (PEM)
     */
    public SignRequestRoute(Path key, Path certificate) {
        this.key = key;
        this.certificate = certificate;
    }

    @Override
    public void configure() throws Exception {
        PrivateKey operatorKey = Pem.privateKey(key);
        X509Certificate operatorCertificate = Pem.certificate(certificate);
        getContext().getRegistry().bind("operatorKey", operatorKey);
        String encoded = Base64.getEncoder().encodeToString(operatorCertificate.getEncoded());

        from(Direct.SIGN_REQUEST).routeId("sign-request")
                .to("crypto:sign:operator?algorithm=SHA256withECDSA&privateKey=#operatorKey")
                .setHeader(CaravanHeaders.SIGNATURE, header(DigitalSignatureConstants.SIGNATURE).convertToString())
                .setHeader(CaravanHeaders.CERTIFICATE, constant(encoded))
                .removeHeaders("CamelDigitalSignature*").removeHeaders("CamelSignature*");
    }
}
