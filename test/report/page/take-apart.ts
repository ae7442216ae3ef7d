/** Scripts of a page as a browser would cut them out, and what is left. */
export function takeApart(html: string): { scripts: string[]; rest: string } {
  const scripts: string[] = [];
  const rest = html.replace(/<script\b[^>]*>([\s\S]*?)<\/script>/gi, (_, script: string) => {
    scripts.push(script);
    return '';
  });
  return { scripts, rest };
}

/** Whatever could make a browser fetch something. */
export const FETCHED = /\b(src|href|action|srcset|data|poster)\s*=|url\(|@import|https?:|\/\//i;
