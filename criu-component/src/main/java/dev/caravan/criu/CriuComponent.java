package dev.caravan.criu;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.HealthCheckComponent;

/** The Camel component {@code criu:}. */
@Component("criu")
public class CriuComponent extends HealthCheckComponent {

    private final Map<RuncConfiguration, CriuHealthCheck> healthChecks = Collections.synchronizedMap(new HashMap<>());

    @Metadata(description = "The options that every endpoint starts from.")
    private CriuConfiguration configuration = new CriuConfiguration();

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        CriuEndpoint endpoint = new CriuEndpoint(uri, this, operation(uri, remaining), configuration.copy());
        setProperties(endpoint, parameters);
        return endpoint;
    }

    private static CriuOperation operation(String uri, String remaining) {
        for (CriuOperation operation : CriuOperation.values()) {
            if (operation.name().equals(remaining)) {
                return operation;
            }
        }
        throw new IllegalArgumentException("No operation of criu: in '" + uri + "'; there are "
                + String.join(", ", Arrays.stream(CriuOperation.values()).map(Enum::name).toList()));
    }

    /** Adds a health check for these programs, if health checks are wanted and there is none for them yet. */
    void watch(RuncConfiguration programs) {
        HealthCheckRegistry registry = HealthCheckRegistry.get(getCamelContext());
        if (registry != null && isHealthCheckProducerEnabled()) {
            healthChecks.computeIfAbsent(programs, absent -> {
                CriuHealthCheck check = new CriuHealthCheck(new EnvironmentCheck(absent), healthChecks.size() + 1);
                registry.register(check);
                return check;
            });
        }
    }

    @Override
    protected void doStop() throws Exception {
        HealthCheckRegistry registry = HealthCheckRegistry.get(getCamelContext());
        healthChecks.values().forEach(registry::unregister);
        healthChecks.clear();
        super.doStop();
    }

    public CriuConfiguration getConfiguration() {
        return configuration;
    }

    public void setConfiguration(CriuConfiguration configuration) {
        this.configuration = configuration;
    }
}
