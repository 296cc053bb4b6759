package dev.caravan.tpm;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Endpoint;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.HealthCheckComponent;

/** The Camel component {@code tpm:}. Endpoints of one device share one connection. */
@Component("tpm")
public class TpmComponent extends HealthCheckComponent {
    private final Map<Address, Tpm> tpms = new ConcurrentHashMap<>();
    private final Map<Address, TpmHealthCheck> healthChecks = new ConcurrentHashMap<>();

    @Metadata(description = "The options that every endpoint starts from.")
    private TpmConfiguration configuration = new TpmConfiguration();

    @Metadata(label = "advanced", defaultValue = "90000", javaType = "java.time.Duration", description = "How long an"
            + " operation of a TPM may take, its wait for earlier ones included, in milliseconds.")
    private long timeout = Tpm.DEFAULT_TIMEOUT.toMillis();

    private record Address(String device, TpmConnector connector) {
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        TpmEndpoint endpoint = new TpmEndpoint(uri, this, TpmOperation.ofUri(remaining), configuration.copy());
        setProperties(endpoint, parameters);
        return endpoint;
    }

    /** The TPM of a configuration; opened at first use. */
    Tpm tpm(TpmConfiguration of) {
        return tpms.computeIfAbsent(address(of), address -> Tpm.open(address.device(),
                address.connector() == null ? DeviceAddress.parse(address.device()) : address.connector(),
                Duration.ofMillis(timeout)));
    }

    /** Adds a health check for a TPM, if health checks are wanted and it has none yet. */
    void watch(TpmConfiguration of) {
        HealthCheckRegistry registry = HealthCheckRegistry.get(getCamelContext());
        if (registry != null && isHealthCheckProducerEnabled()) {
            healthChecks.computeIfAbsent(address(of), absent -> {
                TpmHealthCheck check = new TpmHealthCheck(of.getDevice(), () -> tpm(of));
                registry.register(check);
                return check;
            });
        }
    }

    @Override
    protected void doStop() throws Exception {
        HealthCheckRegistry registry = HealthCheckRegistry.get(getCamelContext());
        if (registry != null) {
            healthChecks.values().forEach(registry::unregister);
        }
        healthChecks.clear();
        tpms.values().forEach(Tpm::close);
        tpms.clear();
        super.doStop();
    }

    private static Address address(TpmConfiguration of) {
        return new Address(of.getDevice(), of.getConnector());
    }

    public TpmConfiguration getConfiguration() {
        return configuration;
    }

    public void setConfiguration(TpmConfiguration configuration) {
        this.configuration = configuration;
    }

    public long getTimeout() {
        return timeout;
    }

    public void setTimeout(long timeout) {
        this.timeout = timeout;
    }

    /** The TPM of endpoints that name none: short for the same option of {@link #getConfiguration}. */
    @Metadata(skip = true)
    public void setDevice(String device) {
        configuration.setDevice(device);
    }
}
