package dev.caravan.routes.authority;

import dev.caravan.routes.Direct;
import dev.caravan.authority.CertificateRejected;
import dev.caravan.authority.EnrolmentRefused;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.EnrolmentRequest.Answer;
import dev.caravan.authority.EnrolmentRequest.Challenge;
import dev.caravan.authority.EnrolmentRequest.EnrolmentResult;
import dev.caravan.authority.Pem;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.authority.TrustStore;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.Intake;
import dev.caravan.tpm.Certification;
import dev.caravan.tpm.Credential;
import dev.caravan.tpm.TpmConstants;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;

/**
 * {@code direct:enrol} enrols this platform with the authorities; {@code direct:fetch-revocations}, which a timer calls,
 * keeps their revocation lists fresh. What the TPM does, it does at {@code tpm:} endpoints.
 */
public final class EnrolmentRoute extends RouteBuilder {
    private final String platform;
    private final PlatformIdentity identity;
    private final TrustStore trust;
    private final Duration refresh;

    /** @param refresh how old the revocation lists here may get */
    public EnrolmentRoute(String platform, PlatformIdentity identity, TrustStore trust, Duration refresh) {
        this.refresh = refresh;
        this.platform = platform;
        this.identity = identity;
        this.trust = trust;
    }

    @Override
    public void configure() {
        from(Direct.ENROL).routeId("enrol").errorHandler(noErrorHandler())
                .to("tpm:read-ek-certificate")
                .process(exchange -> ask(exchange, EnrolmentRequest.enrol(platform,
                        exchange.getMessage().getBody(X509Certificate.class).getEncoded(),
                        identity.aik().publicArea(), identity.agentKey().publicArea())))
                .to(Direct.ASK_AUTHORITY)
                .process(this::takeChallenge)
                .setHeader(TpmConstants.KEY, constant(identity.aik()))
                .to("tpm:activate-credential")
                .setProperty("secret", body())
                .process(exchange -> exchange.getMessage().setBody(challenge(exchange).binding(platform,
                        exchange.getProperty("secret", byte[].class))))
                .setHeader(TpmConstants.CERTIFIED_KEY, constant(identity.agentKey()))
                .to("tpm:certify")
                .removeHeaders("CamelTpm*")
                .process(exchange -> ask(exchange, EnrolmentRequest.activate(
                        challenge(exchange).id(), exchange.getProperty("secret", byte[].class),
                        exchange.getMessage().getBody(Certification.class))))
                .to(Direct.ASK_AUTHORITY)
                .process(this::takeCertificates);

        // without time to live: that would be by this host's clock, and the broker judges by its own
        from(Direct.ASK_AUTHORITY).routeId("ask-authority").errorHandler(noErrorHandler())
                .to("jms:queue:" + Addresses.AUTHORITY + "?exchangePattern=InOut&disableReplyTo=false&replyTo="
                        + Addresses.replies(platform)
                        + "&replyToType=Exclusive&requestTimeout=15000&disableTimeToLive=true")
                .process(new Intake("the authorities' answer", EnrolmentRefused::new));

        from("timer:revocations?delay=" + refresh.toMillis() + "&period=" + refresh.toMillis()).routeId("revocations")
                .to(Direct.FETCH_REVOCATIONS);

        from(Direct.FETCH_REVOCATIONS).routeId("fetch-revocations")
                .onException(Exception.class).handled(true)
                .log(LoggingLevel.WARN, "the revocation lists cannot be fetched: ${exception.message}").end()
                .process(exchange -> ask(exchange, EnrolmentRequest.trust(null)))
                .to(Direct.ASK_AUTHORITY)
                .process(exchange -> trust.update(answer(exchange).result()));
    }

    private static void ask(Exchange exchange, EnrolmentRequest request) {
        exchange.getMessage().setBody(EnrolmentRequest.toJson(request));
    }

    private static Answer answer(Exchange exchange) throws EnrolmentRefused {
        Answer answer = EnrolmentRequest.parseAnswer(exchange.getMessage().getBody(byte[].class));
        if (answer.error() != null) {
            throw new EnrolmentRefused(answer.error());
        }
        return answer;
    }

    private static Challenge challenge(Exchange exchange) {
        return exchange.getProperty("challenge", Challenge.class);
    }

    private void takeChallenge(Exchange exchange) throws EnrolmentRefused {
        Challenge challenge = answer(exchange).challenge();
        if (challenge == null || challenge.id() == null || challenge.credentialBlob() == null
                || challenge.encryptedSecret() == null) {
            throw new EnrolmentRefused("the authority answered without a whole challenge");
        }
        exchange.setProperty("challenge", challenge);
        exchange.getMessage().setBody(new Credential(challenge.credentialBlob(), challenge.encryptedSecret()));
    }

    private void takeCertificates(Exchange exchange) throws EnrolmentRefused, CertificateRejected, IOException {
        EnrolmentResult result = answer(exchange).result();
        if (result == null || result.aikCertificate() == null || result.platformCertificate() == null) {
            throw new EnrolmentRefused("the authority answered without certificates");
        }
        trust.update(result);
        identity.enrolled(Pem.certificate(result.aikCertificate()), Pem.certificate(result.platformCertificate()));
    }
}
