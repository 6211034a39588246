// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

const (
	root = "../.."
	// Where the registry shows docs/, and GitHub the repository.
	registryDocs = "https://registry.terraform.io/providers/orgkeys/orgkeys/latest/docs/"
	onGitHub     = "https://github.com/orgkeys/terraform-provider-orgkeys/"
	// Where the registry's pages find pictures.
	rawOnGitHub = "https://raw.githubusercontent.com/orgkeys/terraform-provider-orgkeys/main/"
)

// pagesWithLinks are the folders and files whose links are checked.
var pagesWithLinks = []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "BENCHMARKS.md", "SECURITY.md", "RELEASING.md", "DEPENDENCIES.md", "CODE_OF_CONDUCT.md", "docs", "examples", "internal/README.md"}

// TestLinks follows every link of every page to its file and heading. Those to other sites
// are only held against the form of an address: nothing is fetched.
func TestLinks(t *testing.T) {
	t.Parallel()
	count := 0
	for _, top := range pagesWithLinks {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".md" {
				return err
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			text := read(t, path)
			for _, link := range linksOf(text) {
				count++
				if complaint := follow(t, filepath.ToSlash(name), link); complaint != "" {
					t.Errorf("%s: %s: %s", name, link, complaint)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if count < 300 {
		t.Errorf("only %d links were found", count)
	}
}

// What is wrong with a link must be found.
func TestLinksAreFollowed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ page, link, want string }{
		{"README.md", "docs/index.md", ""},
		{"README.md", "docs/nowhere.md", "no such file"},
		{"README.md", "docs/index.md#authentication", ""},
		{"README.md", "docs/index.md#nowhere", "no heading"},
		{"docs/guides/faq.md", "#secrets", ""},
		{"docs/guides/faq.md", "#nothing", "no heading"},
		{"docs/guides/faq.md", "../index.md", ""},
		{"docs/guides/faq.md", "../../README.md", "leaves docs/"},
		{"docs/index.md", "guides/faq.md", "breaks on the registry"},
		{"docs/index.md", registryDocs + "guides/faq", ""},
		{"docs/index.md", registryDocs + "guides/faq#secrets", ""},
		{"docs/index.md", registryDocs + "guides/faq.md", "no such page"},
		{"docs/index.md", registryDocs + "resources/openai_keys", "no such page"},
		{"docs/resources/openai_api_key.md", "#nestedatt--previous", ""},
		{"docs/guides/import.md", onGitHub + "tree/main/examples/scenarios/adoption", ""},
		{"docs/guides/import.md", onGitHub + "tree/main/examples/scenarios/adoptions", "no such file"},
		{"docs/guides/rotate-keys.md", rawOnGitHub + "pictures/rotation.svg", ""},
		{"docs/guides/rotate-keys.md", rawOnGitHub + "pictures/nothing.svg", "no such file"},
		{"README.md", "https://example.com/a", ""},
		{"README.md", "http://example.com/a", "https"},
		{"README.md", "https:///a", "no address"},
	} {
		if got := follow(t, c.page, c.link); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s: %q, want %q", c.page, c.link, got, c.want)
		}
	}
	page := "[a](b) `[no](code)` ![c](d.svg \"title\") <https://e.example>\n```sh\n[no](fence)\n```\n<img src=\"f.svg\">\n"
	if got, want := linksOf(page), []string{"b", "d.svg", "https://e.example", "f.svg"}; !slices.Equal(got, want) {
		t.Errorf("the links of a page are %q, want %q", got, want)
	}
	if got := headings("# A `code`, and B\n## A `code`, and B\n```\n# no\n```\n### \"x … y\" (HTTP 409)\n<a id=\"z\"></a>\n"); !slices.Equal(got, []string{"a-code-and-b", "a-code-and-b-1", "x--y-http-409", "z"}) {
		t.Errorf("the headings of a page are %q", got)
	}
}

var (
	fences   = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```")
	codes    = regexp.MustCompile("`[^`\n]*`")
	link     = regexp.MustCompile(`\]\(([^)\s]+)(?: "[^"]*")?\)|<(https?://[^>\s]+)>|(?:src|srcset|href)="([^"]+)"`)
	heading  = regexp.MustCompile(`(?m)^#{1,6} (.+)$|<a id="([^"]+)">`)
	linkText = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// linksOf are the targets of the links and pictures of a page, outside of code.
func linksOf(page string) []string {
	var found []string
	for _, match := range link.FindAllStringSubmatch(codes.ReplaceAllString(fences.ReplaceAllString(page, ""), "code"), -1) {
		found = append(found, match[1]+match[2]+match[3])
	}
	return found
}

// headings are the anchors of a page, as GitHub and the registry make them.
func headings(page string) []string {
	var found []string
	seen := map[string]int{}
	for _, match := range heading.FindAllStringSubmatch(fences.ReplaceAllString(page, ""), -1) {
		if match[2] != "" {
			found = append(found, match[2])
			continue
		}
		text := linkText.ReplaceAllString(match[1], "$1")
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			default:
				return -1
			}
		}, strings.TrimSpace(text))
		if n := seen[anchor]; n > 0 {
			found = append(found, anchor+"-"+strconv.Itoa(n))
		} else {
			found = append(found, anchor)
		}
		seen[anchor]++
	}
	return found
}

// follow says what is wrong with a link of a page, "" for nothing.
func follow(t *testing.T, page, to string) string {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		return err.Error()
	}
	file := filepath.Join(filepath.Dir(page), filepath.FromSlash(target.Path))
	switch {
	case strings.HasPrefix(to, registryDocs):
		file = filepath.Join("docs", strings.TrimPrefix(target.Path, "/providers/orgkeys/orgkeys/latest/docs/")+".md")
		if !exists(file) {
			return "there is no such page in docs/"
		}
	case strings.HasPrefix(to, onGitHub+"tree/main/"), strings.HasPrefix(to, onGitHub+"blob/main/"):
		file = filepath.FromSlash(strings.Join(strings.Split(target.Path, "/")[5:], "/"))
	case strings.HasPrefix(to, rawOnGitHub):
		file = filepath.FromSlash(strings.TrimPrefix(to, rawOnGitHub))
	case target.Scheme == "https":
		if !strings.Contains(target.Host, ".") {
			return "it has no address"
		}
		return ""
	case target.Scheme != "":
		return "links to other sites are https"
	case page == "docs/index.md" && target.Path != "":
		return "a relative link breaks on the registry's first page; write " + registryDocs
	case target.Path == "":
		file = page
	case strings.HasPrefix(page, "docs/") && !strings.HasPrefix(page, "docs/adr/") && !strings.HasPrefix(filepath.ToSlash(file), "docs/"):
		return "it leaves docs/, which is all that the registry has; write " + onGitHub + "blob/main/…"
	}
	if !exists(file) {
		return "there is no such file"
	}
	if target.Fragment != "" && !slices.Contains(headings(read(t, filepath.Join(root, file))), target.Fragment) {
		return "there is no heading #" + target.Fragment
	}
	return ""
}

func exists(file string) bool {
	_, err := os.Stat(filepath.Join(root, file))
	return err == nil
}
