package dev.caravan.tpm;

import org.apache.camel.spi.Metadata;

/** Headers of the {@code tpm:} component. */
public final class TpmConstants {
    @Metadata(label = "producer", description = "The key to use: the AIK to quote or activate with, or the agent key to sign with.", javaType = "dev.caravan.tpm.TpmKey")
    public static final String KEY = "CamelTpmKey";
    @Metadata(label = "producer", description = "The PCRs to read or quote, for example 0,1,7; the pcrs option if it is absent.", javaType = "String")
    public static final String PCRS = "CamelTpmPcrs";
    @Metadata(label = "producer", description = "The PCR to extend.", javaType = "Integer")
    public static final String PCR = "CamelTpmPcr";
    @Metadata(label = "producer", description = "What a quote that is verified must be bound to.", javaType = "byte[]")
    public static final String EXTRA_DATA = "CamelTpmExtraData";
    @Metadata(label = "producer", description = "The public key that a quote is verified with, or the endorsement key that a credential is made for.", javaType = "java.security.PublicKey")
    public static final String PUBLIC_KEY = "CamelTpmPublicKey";
    @Metadata(label = "producer", description = "The Name of the key that a credential is made for.", javaType = "byte[]")
    public static final String KEY_NAME = "CamelTpmKeyName";

    private TpmConstants() {
    }
}
