package dev.caravan.tpm;

import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/** Enrol and attest a platform with its TPM 2.0. */
@UriEndpoint(firstVersion = "0.1.0", scheme = "tpm", title = "TPM", syntax = "tpm:operation", producerOnly = true, remote = false, category = {
        Category.SECURITY}, headersClass = TpmConstants.class)
public class TpmEndpoint extends DefaultEndpoint {
    @UriPath(description = "What to do.", enums = "read-ek-certificate,create-aik,create-signing-key,sign,"
            + "certify,verify-certification,make-credential,activate-credential,read-pcrs,extend-pcr,quote,verify-quote")
    @Metadata(required = true)
    private final TpmOperation operation;

    @UriParam
    private TpmConfiguration configuration;

    /**
     * @param uri           as written in the route
     * @param component     that makes it
     * @param operation     what to do
     * @param configuration of this endpoint alone
     */
    public TpmEndpoint(String uri, TpmComponent component, TpmOperation operation, TpmConfiguration configuration) {
        super(uri, component);
        this.operation = operation;
        this.configuration = configuration;
    }

    @Override
    public Producer createProducer() {
        return new TpmProducer(this);
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        throw new UnsupportedOperationException(
                "tpm: asks a TPM when a message comes; a TPM never speaks first, so it cannot be used in from()");
    }

    @Override
    protected void doInit() throws Exception {
        super.doInit();
        if (configuration.getConnector() == null) {
            DeviceAddress.parse(configuration.getDevice());
        }
        PcrSelection.parse(configuration.getPcrs());
    }

    @Override
    public boolean isRemote() {
        return false;
    }

    @Override
    public TpmComponent getComponent() {
        return (TpmComponent) super.getComponent();
    }

    public TpmOperation getOperation() {
        return operation;
    }

    public TpmConfiguration getConfiguration() {
        return configuration;
    }

    public void setConfiguration(TpmConfiguration configuration) {
        this.configuration = configuration;
    }

    /** The endpoint's TPM, which other endpoints may share; opened when it is first asked for. */
    Tpm tpm() {
        return getComponent().tpm(configuration);
    }
}
