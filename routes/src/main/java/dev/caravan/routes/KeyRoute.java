package dev.caravan.routes;

import dev.caravan.attestation.QuoteRequest;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.migration.Migration;
import dev.caravan.tpm.TpmConstants;
import dev.caravan.tpm.TpmFailed;
import dev.caravan.tpm.TpmRefused;
import java.util.Base64;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** What this platform's keys do, which never leave its TPM: the attestation key quotes, the agent key signs. */
public final class KeyRoute extends RouteBuilder {
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;
    /** With these pauses, about as long as {@link Migration#PATIENCE}. */
    private static final int ATTEMPTS = 63;

    private final PlatformIdentity identity;

    public KeyRoute(PlatformIdentity identity) {
        this.identity = identity;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        // a QuoteRequest becomes the quote; a TPM that is away is waited for, as long as the migration is wanted
        from(Direct.QUOTE).routeId("quote").errorHandler(defaultErrorHandler().logExhausted(false))
                .onException(TpmFailed.class).onWhen(KeyRoute::mayComeBack).retryWhile(KeyRoute::isWaitedFor)
                .redeliveryDelay(FIRST_PAUSE_MILLIS).useExponentialBackOff().backOffMultiplier(2)
                .maximumRedeliveryDelay(LONGEST_PAUSE_MILLIS).logExhausted(false).end()
                .to(Direct.QUOTE_NOW);

        from(Direct.QUOTE_NOW).routeId("quote-now")
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

    /** A TPM that does not answer, rather than one that refuses. */
    private static boolean mayComeBack(Exchange exchange) {
        return !(exchange.getProperty(Exchange.EXCEPTION_CAUGHT) instanceof TpmRefused);
    }

    private static boolean isWaitedFor(Exchange exchange) {
        Migration migration = Steps.migration(exchange);
        return exchange.getMessage().getHeader(Exchange.REDELIVERY_COUNTER, 0, Integer.class) < ATTEMPTS
                && (migration.aborted() == null || !migration.stage().isBeforeCommit());
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
