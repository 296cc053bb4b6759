/** The lab: two hosts in network namespaces on one machine. */
package dev.caravan.lab;
