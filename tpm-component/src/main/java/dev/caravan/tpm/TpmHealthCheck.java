package dev.caravan.tpm;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/** Whether the TPM answers. */
final class TpmHealthCheck extends AbstractHealthCheck {
    private final TpmEndpoint endpoint;

    TpmHealthCheck(TpmEndpoint endpoint) {
        super("camel", "producer:tpm-" + endpoint.getOperation().name().toLowerCase(java.util.Locale.ROOT) + "-"
                + endpoint.getConfiguration().getDevice());
        this.endpoint = endpoint;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
        builder.detail("device", endpoint.getConfiguration().getDevice());
        try {
            endpoint.tpm().readPcrs(PcrSelection.of(0));
            builder.up();
        } catch (TpmFailed e) {
            builder.message(e.getMessage()).error(e).down();
        }
    }
}
