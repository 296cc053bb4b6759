package dev.caravan.tpm;

import org.apache.camel.spi.Metadata;

/** The headers of the {@code tpm:} component. */
public final class TpmConstants {
    @Metadata(label = "producer", description = "The key to use: the AIK to quote, certify or activate with, or the agent"
            + " key to sign with", javaType = "dev.caravan.tpm.TpmKey")
    public static final String KEY = "CamelTpmKey";

    @Metadata(label = "producer", description = "The key that is certified: a TpmKey, or for verify-certification its"
            + " TPMT_PUBLIC", javaType = "Object")
    public static final String CERTIFIED_KEY = "CamelTpmCertifiedKey";

    @Metadata(label = "producer", description = "The PCRs to read, quote or verify, for example 0,1,7; goes before the"
            + " option pcrs", javaType = "String")
    public static final String PCRS = "CamelTpmPcrs";

    @Metadata(label = "producer", description = "The PCR to extend, 0 to 23", javaType = "Integer")
    public static final String PCR = "CamelTpmPcr";

    @Metadata(label = "producer", description = "What a quote or certification that is verified must be bound to", javaType = "byte[]")
    public static final String EXTRA_DATA = "CamelTpmExtraData";

    @Metadata(label = "producer", description = "The AIK that a quote or certification is verified with, or the"
            + " endorsement key that a credential is made for; a certificate or a TpmKey stands for its key", javaType = "java.security.PublicKey")
    public static final String PUBLIC_KEY = "CamelTpmPublicKey";

    @Metadata(label = "producer", description = "The Name of the key that a credential is made for", javaType = "byte[]")
    public static final String KEY_NAME = "CamelTpmKeyName";

    private TpmConstants() {
    }
}
