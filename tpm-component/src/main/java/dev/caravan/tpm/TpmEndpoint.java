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
@UriEndpoint(firstVersion = "0.1.0", scheme = "tpm", title = "TPM", syntax = "tpm:operation", category = {
        Category.SECURITY}, producerOnly = true, headersClass = TpmConstants.class)
public class TpmEndpoint extends DefaultEndpoint {
    @UriPath(description = "What to do.", enums = "read-ek-certificate,create-aik,create-signing-key,sign,make-credential,activate-credential,read-pcrs,extend-pcr,quote,verify-quote")
    @Metadata(required = true)
    private final TpmOperation operation;
    @UriParam
    private final TpmConfiguration configuration = new TpmConfiguration();

    TpmEndpoint(String uri, TpmComponent component, TpmOperation operation) {
        super(uri, component);
        this.operation = operation;
    }

    @Override
    public Producer createProducer() {
        return new TpmProducer(this);
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        throw new UnsupportedOperationException("A TPM never speaks first: tpm: has no consumer");
    }

    public TpmOperation getOperation() {
        return operation;
    }

    public TpmConfiguration getConfiguration() {
        return configuration;
    }

    /** The endpoint's TPM. */
    Tpm tpm() {
        return ((TpmComponent) getComponent()).tpm(configuration.getDevice());
    }
}
