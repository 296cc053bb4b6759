package dev.caravan.tpm;

import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;

/** The options of the {@code tpm:} component and its endpoints. */
@UriParams
public class TpmConfiguration implements Cloneable {
    @UriParam(defaultValue = "/dev/tpmrm0", description = "The TPM: a path such as /dev/tpmrm0, or unix:PATH or"
            + " tcp:HOST:PORT of the data channel of the software TPM swtpm.")
    private String device = "/dev/tpmrm0";

    @UriParam(defaultValue = "0,1,2,3,4,5,6,7", description = "The PCRs of the SHA-256 bank to read, quote or verify."
            + " The header CamelTpmPcrs goes before it.")
    private String pcrs = "0,1,2,3,4,5,6,7";

    @UriParam(label = "advanced", description = "Another way to the TPM, as a reference to a bean. With it, device is"
            + " only a name for messages.")
    private TpmConnector connector;

    /** A copy, for an endpoint to change. */
    public TpmConfiguration copy() {
        try {
            return (TpmConfiguration) clone();
        } catch (CloneNotSupportedException e) {
            throw new RuntimeCamelException(e);
        }
    }

    public String getDevice() {
        return device;
    }

    public void setDevice(String device) {
        this.device = device;
    }

    public String getPcrs() {
        return pcrs;
    }

    public void setPcrs(String pcrs) {
        this.pcrs = pcrs;
    }

    public TpmConnector getConnector() {
        return connector;
    }

    public void setConnector(TpmConnector connector) {
        this.connector = connector;
    }
}
