package dev.caravan.tpm;

import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;

/** Options of a {@code tpm:} endpoint. */
@UriParams
public class TpmConfiguration {
    @UriParam(description = "The TPM: a path such as /dev/tpmrm0, or unix:PATH or tcp:HOST:PORT of a software TPM's data channel.", defaultValue = "/dev/tpmrm0")
    private String device;
    @UriParam(description = "The PCRs of the SHA-256 bank to read, quote or verify, where no header names them.", defaultValue = "0,1,2,3,4,5,6,7")
    private String pcrs = "0,1,2,3,4,5,6,7";

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
}
