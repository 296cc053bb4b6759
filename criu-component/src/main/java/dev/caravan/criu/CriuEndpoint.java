package dev.caravan.criu;

import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/**
 * Checkpoint OCI containers with CRIU and restore them behind a commit gate.
 */
@UriEndpoint(firstVersion = "0.1.0", scheme = "criu", title = "CRIU", syntax = "criu:operation", producerOnly = true, remote = false, category = {
        Category.CONTAINER}, headersClass = CriuConstants.class)
public class CriuEndpoint extends DefaultEndpoint {

    @UriPath(description = "What to do.")
    @Metadata(required = true)
    private final CriuOperation operation;

    @UriParam
    private CriuConfiguration configuration;

    /**
     * @param uri
     *            as written in the route
     * @param component
     *            that makes it
     * @param operation
     *            what to do
     * @param configuration
     *            of this endpoint alone
     */
    public CriuEndpoint(String uri, CriuComponent component, CriuOperation operation,
            CriuConfiguration configuration) {
        super(uri, component);
        this.operation = operation;
        this.configuration = configuration;
    }

    @Override
    public Producer createProducer() {
        return new CriuProducer(this);
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        throw new UnsupportedOperationException("criu: acts on containers when a message asks for it; nothing comes"
                + " from a container by itself, so it cannot be used in from()");
    }

    @Override
    public boolean isRemote() {
        return false;
    }

    @Override
    public CriuComponent getComponent() {
        return (CriuComponent) super.getComponent();
    }

    public CriuOperation getOperation() {
        return operation;
    }

    public CriuConfiguration getConfiguration() {
        return configuration;
    }

    public void setConfiguration(CriuConfiguration configuration) {
        this.configuration = configuration;
    }
}
