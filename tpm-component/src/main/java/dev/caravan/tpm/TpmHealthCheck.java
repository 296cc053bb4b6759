package dev.caravan.tpm;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/** Says whether a TPM answers. */
final class TpmHealthCheck extends AbstractHealthCheck {
    private final String device;
    private final Supplier<Tpm> tpm;

    TpmHealthCheck(String device, Supplier<Tpm> tpm) {
        super("camel", "tpm-" + device);
        this.device = device;
        this.tpm = tpm;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
        builder.detail("device", device);
        try {
            tpm.get().readPcrs(PcrSelection.of(0));
            builder.up();
        } catch (TpmFailed e) {
            builder.message(e.getMessage()).error(e).down();
        }
    }
}
