/**
 * Markdown to HTML that is safe to show. HTML in it is shown as the text it is, pictures as links
 * to them; then a sanitizer lets through harmless elements only; and the page's policy runs no
 * foreign script and loads no foreign picture even if one came through.
 */
import DOMPurify from 'dompurify'
import { Marked } from 'marked'

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  .replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Below the headings of the page, and all alike: nobody who hears the page misses a level. */
const HEADING = 'h3'

const marked = new Marked({
  gfm: true, breaks: true, async: false,
  renderer: {
    html: ({ text }) => escaped(text),
    heading({ tokens }) {
      return `<${HEADING}>${this.parser.parseInline(tokens)}</${HEADING}>`
    },
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`,
  },
})
const purify = DOMPurify()

const elements = [
  'p', 'br', 'hr', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a', 'h1',
  'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'input', '#text',
]
const attributes = ['href', 'title', 'type', 'checked', 'disabled', 'start', 'rel', 'target']

purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'A') {
    node.setAttribute('rel', 'noopener noreferrer nofollow')
    node.setAttribute('target', '_blank')
  }
  // They scroll sideways in their box; by keys, too.
  if (['PRE', 'TABLE'].includes(node.tagName)) node.setAttribute('tabindex', '0')
  // Only the boxes of task lists, which nobody can press.
  if (node.tagName === 'INPUT') {
    node.setAttribute('type', 'checkbox')
    node.setAttribute('disabled', '')
    node.setAttribute('aria-label', node.hasAttribute('checked') ? 'done' : 'open')
  }
})

/**
 * Marks that may begin something. The parser looks for the end of each: 65,000 of them in one
 * paragraph took it half a minute, 3,000 take less than a tenth of a second.
 */
const marks = /[_*!`~[<]/g
const MAX_MARKS = 3000
const fencedCode = /^```[^]*?^```/gm

const isIntricate = (source: string): boolean => source.replaceAll(fencedCode, '')
  .split(/\n\s*\n/).some((part) => (part.match(marks)?.length ?? 0) > MAX_MARKS)

const asWritten = (source: string): string => `<p>${escaped(source).replaceAll('\n', '<br>')}</p>`

function parsed(source: string): string {
  if (isIntricate(source)) return asWritten(source)
  try {
    return marked.parse(source) as string
  } catch {
    // Ten thousand quotes in each other are deeper than the parser can go.
    return asWritten(source)
  }
}

export const renderMarkdown = (source: string): string =>
  purify.sanitize(parsed(source), {
    ALLOWED_TAGS: elements, ALLOWED_ATTR: attributes, ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|\/(?!\/)|#)/i,
  })
