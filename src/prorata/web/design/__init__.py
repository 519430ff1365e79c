"""What all pages stand on: templates, languages, branding, assets, visits and the site."""
