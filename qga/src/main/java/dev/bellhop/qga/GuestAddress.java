// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An address of a network interface.
 *
 * @param address in the usual notation of IPv4 or IPv6, in lower case and without a zone
 * @param prefix the length of the network prefix; absent if the guest reports none, or one the address cannot have
 */
public record GuestAddress(String address, @Nullable Integer prefix) {

    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-f:.]{2,45}");
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    /** Whether it is one of IPv6. */
    public boolean isIpv6() {
        return address.indexOf(':') >= 0;
    }

    /** Whether it is usable only on its own network segment, or only in the guest. */
    public boolean isLocal() {
        return isIpv6()
                ? Inet6Address.ofLiteral(address).isLoopbackAddress()
                        || Inet6Address.ofLiteral(address).isLinkLocalAddress()
                : Inet4Address.ofLiteral(address).isLoopbackAddress()
                        || Inet4Address.ofLiteral(address).isLinkLocalAddress();
    }

    /** Parses what a guest reports; empty if it is no address. Looks nothing up. */
    public static Optional<GuestAddress> told(String text, @Nullable Long prefix) {
        // Windows tells the zone of an address too, which means nothing outside of the guest.
        int zone = text.indexOf('%');
        String address = (zone < 0 ? text : text.substring(0, zone)).toLowerCase(Locale.ROOT);
        int bits;
        try {
            if (IPV4.matcher(address).matches()) {
                address = Inet4Address.ofLiteral(address).getHostAddress();
                bits = IPV4_BITS;
            } else if (address.indexOf(':') >= 0 && IPV6.matcher(address).matches()) {
                Inet6Address.ofLiteral(address);
                bits = IPV6_BITS;
            } else {
                return Optional.empty();
            }
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return Optional.of(
                new GuestAddress(address, prefix == null || prefix < 0 || prefix > bits ? null : prefix.intValue()));
    }
}
