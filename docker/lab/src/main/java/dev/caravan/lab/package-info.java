/**
 * The lab: hosts in network namespaces on one machine, each with a TPM, an agent, a container runtime and storage of its
 * own, beside them the broker, the authorities and the console. {@link dev.caravan.lab.Lab} is the way in.
 */
package dev.caravan.lab;
