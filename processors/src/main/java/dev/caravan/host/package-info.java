/** What this machine shows of its processes and containers, whoever started them. Only looked at, never changed. */
package dev.caravan.host;
