// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.AddressBlock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** What is told of an address may be the address, or a text for it. */
class ClientAddressTest {
    private static AddressBlock told(String host) {
        return AddressBlock.of(ClientAddress.of(InetSocketAddress.createUnresolved(host, 1)));
    }

    @Test
    void textIsReadAsAnAddressAndNotLookedUp() {
        InetAddress four = InetAddress.ofLiteral("192.0.2.1");
        InetAddress six = InetAddress.ofLiteral("2001:db8::1");

        assertThat(AddressBlock.of(ClientAddress.of(new InetSocketAddress(four, 1))))
                .isEqualTo(AddressBlock.of(four));
        assertThat(told("192.0.2.1")).isEqualTo(AddressBlock.of(four));
        assertThat(told("2001:db8::2")).isEqualTo(AddressBlock.of(six));
        assertThat(told("[2001:db8::3]")).isEqualTo(AddressBlock.of(six));
        assertThat(told("unknown")).isEqualTo(AddressBlock.UNKNOWN);
        assertThat(told("localhost")).isEqualTo(AddressBlock.UNKNOWN);
    }

    @Test
    void aWholeNetworkOfIpv6IsNamedAsOne() {
        assertThat(ClientAddress.blockText(InetAddress.ofLiteral("192.0.2.7"))).isEqualTo("192.0.2.7");
        assertThat(ClientAddress.blockText(InetAddress.ofLiteral("2001:db8:1:2:3:4:5:6")))
                .isEqualTo("2001:db8:1:2:0:0:0:0/64");
    }
}
