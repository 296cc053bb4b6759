package dev.caravan.routes;

import dev.caravan.attestation.QuoteRequest;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.tpm.TpmConstants;
import java.util.Base64;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** What this platform's keys do, which never leave its TPM: the attestation key quotes, the agent key signs. */
public final class KeyRoute extends RouteBuilder {
    private final PlatformIdentity identity;

    public KeyRoute(PlatformIdentity identity) {
        this.identity = identity;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        // a QuoteRequest becomes the quote
        from(Direct.QUOTE).routeId("quote")
                .process(KeyRoute::ask)
                .setHeader(TpmConstants.KEY, constant(identity.aik()))
                .to("tpm:quote")
                .removeHeaders(TpmConstants.KEY + "|" + TpmConstants.PCRS);

        // bytes become the signature over them, Base64 of DER
        from(Direct.SIGN).routeId("sign")
                .setHeader(TpmConstants.KEY, constant(identity.agentKey()))
                .to("tpm:sign")
                .removeHeader(TpmConstants.KEY)
                .process(exchange -> exchange.getMessage().setBody(
                        Base64.getEncoder().encodeToString(exchange.getMessage().getBody(byte[].class))));
    }

    private static void ask(Exchange exchange) {
        QuoteRequest request = exchange.getMessage().getBody(QuoteRequest.class);
        if (!request.pcrs().isEmpty()) {
            exchange.getMessage().setHeader(TpmConstants.PCRS,
                    request.pcrs().stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        exchange.getMessage().setBody(request.extraData());
    }
}
