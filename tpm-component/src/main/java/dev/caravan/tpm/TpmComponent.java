package dev.caravan.tpm;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/** Enrolment and attestation with a TPM 2.0. Endpoints of one device share one connection. */
@Component("tpm")
public class TpmComponent extends DefaultComponent {
    @Metadata(label = "common", defaultValue = "/dev/tpmrm0", description = "The TPM of endpoints that name none: a path such as /dev/tpmrm0, or unix:PATH or tcp:HOST:PORT of a software TPM's data channel.")
    private String device = "/dev/tpmrm0";

    private final Map<String, Tpm> tpms = new ConcurrentHashMap<>();

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        TpmEndpoint endpoint = new TpmEndpoint(uri, this, TpmOperation.ofUri(remaining));
        endpoint.getConfiguration().setDevice(device);
        setProperties(endpoint, parameters);
        return endpoint;
    }

    /** The TPM at that address; opened at first use. */
    Tpm tpm(String address) {
        return tpms.computeIfAbsent(address, Tpm::open);
    }

    @Override
    protected void doStop() throws Exception {
        tpms.values().forEach(Tpm::close);
        tpms.clear();
        super.doStop();
    }

    public String getDevice() {
        return device;
    }

    public void setDevice(String device) {
        this.device = device;
    }
}
