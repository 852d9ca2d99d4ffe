package liveness

import (
	"errors"
	"net/netip"
)

// ParseAddresses reads an IP address or a CIDR range, of either family. An IPv4
// address in IPv6 clothes is the IPv4 address.
func ParseAddresses(text string) (netip.Prefix, error) {
	address, err := netip.ParseAddr(text)
	if err == nil {
		if address.Zone() != "" {
			return netip.Prefix{}, errors.New("an address with a zone is good on one machine only")
		}
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	const mapped = 128 - 32 // bits before an IPv4 address in an IPv6 one
	if prefix.Addr().Is4In6() {
		if prefix.Bits() < mapped {
			return netip.Prefix{}, errors.New("a range of IPv4 addresses in IPv6 clothes begins at 96 bits")
		}
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-mapped)
	}
	return prefix.Masked(), nil
}

// CheckAddress refuses a device call that does not come from where the creator of
// the session said it would. Whether the service refuses it, with what, or only
// flags it, is not public [assumed: device-address].
func (s Session) CheckAddress(client string) error {
	if s.Settings.ExpectedClientAddress == "" {
		return nil
	}
	expected, err := ParseAddresses(s.Settings.ExpectedClientAddress)
	if err != nil {
		return err // it was parsed when the session was created
	}
	// A zone names an interface of this machine, of which the creator knows nothing.
	if address, err := netip.ParseAddr(client); err == nil && expected.Contains(address.Unmap().WithZone("")) {
		return nil
	}
	return Refuse(CodeWrongAddress, "the call came from %q and the session expects %s; "+
		"behind a proxy, add its network to the option TrustedProxies so that X-Forwarded-For gives the address", client, s.Settings.ExpectedClientAddress)
}
